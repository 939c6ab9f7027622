import { describe, expect, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('accepts a limited number of group sets, and refuses to grow beyond it', async () => {
    const { stdout } = await attempt(insider, 'many-groups')
    expect(Number(stdout.split('\n')[0])).toBeGreaterThan(50)
    expect(Number(stdout.split('\n')[0])).toBeLessThan(100)
  })
})
