import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('leads nobody out by descriptors of other kinds or of other processes', async () => {
    await attempt(insider, 'references')
  })
})
