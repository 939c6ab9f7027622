import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('does not escape through directories moved concurrently, or upwards from other mounts', async () => {
    await attempt(insider, 'moved-directories')
  })
})
