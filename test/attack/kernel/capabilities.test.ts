import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

/** Docker's default set; none is inherited, and no program can gain more. */
const DEFAULT = '00000000a80425fb'

const insiders = useInsiders()

describe.each(insiders)('$name', (insider) => {
  test("has docker's capabilities and seccomp filter", async () => {
    const { stdout } = await insider.run("grep -E '^(Cap|Seccomp:|NoNewPrivs)' /proc/self/status")
    expect(
      Object.fromEntries(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split(':\t')),
      ),
    ).toEqual({
      CapInh: '0000000000000000',
      CapPrm: DEFAULT,
      CapEff: DEFAULT,
      CapBnd: DEFAULT,
      CapAmb: '0000000000000000',
      NoNewPrivs: '0',
      Seccomp: '2',
    })
  })
})

describe.each(insiders.filter(({ way }) => way !== 'step'))('$name', (insider) => {
  test('gains no privileges with no-new-privileges', async () => {
    const ran = await insider.run('grep NoNewPrivs /proc/self/status', { securityOptions: ['no-new-privileges'] })
    expect(ran.stdout).toBe('NoNewPrivs:\t1\n')
  })
})
