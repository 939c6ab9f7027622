import { constants } from 'node:os'
import { describe, expect, test } from 'vitest'
import { attempt, useOwnerKeepers } from './owner-keepers.ts'

const { EXDEV, ELOOP } = constants.errno

describe.each(useOwnerKeepers())('$name', (insider) => {
  test('respects the resolve flags of openat2', async () => {
    const [answers] = (await attempt(insider, 'resolve-flags')).stdout.split('\n')
    expect(answers).toBe(`${EXDEV} ${EXDEV} ${EXDEV} ${ELOOP} 0 -1 1000`)
  })
})
