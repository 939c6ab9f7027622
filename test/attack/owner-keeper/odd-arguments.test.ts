import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('neither ends nor blocks with invalid arguments', async () => {
    await attempt(insider, 'odd-arguments')
  })
})
