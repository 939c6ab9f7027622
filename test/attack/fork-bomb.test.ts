import { describe, expect, test } from 'vitest'
import { useInsiders } from './insiders.ts'

describe.each(useInsiders())('$name', (insider) => {
  test('makes no more processes than it may', async () => {
    const ran = await insider.run('for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1 & done; wait', { pidsMax: 8 })
    // Who may not set limits is told so; nobody runs without the limit that was asked for.
    if (insider.isRootless) expect(ran.refusal).toContain('cgroup')
    else expect(ran.stderr).toContain("can't fork")
  })
})
