import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('does not escape through other kinds of descriptors, or those of other processes', async () => {
    await attempt(insider, 'references')
  })
})
