import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('leads nobody out by the links of /proc that only the kernel can follow', async () => {
    await attempt(insider, 'kernel-links')
  })
})
