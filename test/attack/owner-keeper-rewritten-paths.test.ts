import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('leads nobody out by paths that are rewritten while they are read', async () => {
    await attempt(insider, 'rewritten-paths')
  })
})
