import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

describe.each(useInsiders())('$name', (insider) => {
  test('cannot write to /proc/sysrq-trigger of the host', async () => {
    const ran = await insider.run('echo h > /proc/sysrq-trigger')
    expect(ran.stderr).toMatch(/Read-only file system|nonexistent/) // some kernels do not have it
  })
})
