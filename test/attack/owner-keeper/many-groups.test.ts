import { describe, expect, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('takes on a number of sets of groups, and refuses to grow for more', async () => {
    const { stdout } = await attempt(insider, 'many-groups')
    expect(Number(stdout.split('\n')[0])).toBeGreaterThan(50)
    expect(Number(stdout.split('\n')[0])).toBeLessThan(100)
  })
})
