import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('neither ends nor blocks when callers are killed', async () => {
    await attempt(insider, 'killed-callers')
  })
})
