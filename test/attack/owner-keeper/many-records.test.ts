import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('is neither ended nor made to grow by records of owners', async () => {
    await attempt(insider, 'many-records')
  })
})
