import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('does not escape through links created concurrently', async () => {
    await attempt(insider, 'swapped-links')
  })
})
