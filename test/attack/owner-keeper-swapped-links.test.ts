import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('leads nobody out by links that are put in the way meanwhile', async () => {
    await attempt(insider, 'swapped-links')
  })
})
