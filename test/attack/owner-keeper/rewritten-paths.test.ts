import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('does not escape through paths rewritten while they are read', async () => {
    await attempt(insider, 'rewritten-paths')
  })
})
