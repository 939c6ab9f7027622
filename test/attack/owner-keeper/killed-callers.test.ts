import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('is neither ended nor held up by callers that are killed', async () => {
    await attempt(insider, 'killed-callers')
  })
})
