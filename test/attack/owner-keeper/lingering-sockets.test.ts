import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('is not held up by sockets that wait for their bytes to be taken', async () => {
    await attempt(insider, 'lingering-sockets')
  })
})
