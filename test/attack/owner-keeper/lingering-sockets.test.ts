import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('is not blocked by sockets with unread data', async () => {
    await attempt(insider, 'lingering-sockets')
  })
})
