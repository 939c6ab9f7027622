import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('does not escape through descriptors of other kinds or processes', async () => {
    await attempt(insider, 'references')
  })
})
