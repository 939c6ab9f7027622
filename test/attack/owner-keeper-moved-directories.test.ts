import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('leads nobody out by directories that are moved meanwhile, or by the way up from other mounts', async () => {
    await attempt(insider, 'moved-directories')
  })
})
