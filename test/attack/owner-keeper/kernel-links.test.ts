import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('does not escape through magic links of /proc', async () => {
    await attempt(insider, 'kernel-links')
  })
})
