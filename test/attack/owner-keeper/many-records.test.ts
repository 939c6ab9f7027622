import { describe, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('neither ends nor grows with many records of owners', async () => {
    await attempt(insider, 'many-records')
  })
})
