import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

describe.each(useInsiders())('$name', (insider) => {
  test('cannot exceed its process limit', async () => {
    const ran = await insider.run('for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1 & done; wait', { pidsMax: 8 })
    // Users who cannot set limits get an error; no command runs without the requested limit.
    if (insider.isRootless) expect(ran.refusal).toContain('cgroup')
    else expect(ran.stderr).toContain("can't fork")
  })
})
