import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('is neither ended nor held up by arguments that are none', async () => {
    await attempt(insider, 'odd-arguments')
  })
})
