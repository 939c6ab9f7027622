import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

const LOOK = 'mkdir -p /m; mount -t tmpfs none /m && echo mounted; grep Seccomp: /proc/self/status'

describe.each(useInsiders())('$name', (insider) => {
  test('has privileges only where they were requested', async () => {
    expect((await insider.run(LOOK, { privileged: true })).stdout).toBe(
      `mounted\nSeccomp:\t${insider.hasSingleId ? 2 : 0}\n`,
    )
    expect((await insider.run(LOOK)).stdout).toBe('Seccomp:\t2\n')
  })
})
