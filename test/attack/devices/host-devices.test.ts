import { statSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

/** Changes to a device that all containers have must not affect the host. */
describe.each(useInsiders())('$name', (insider) => {
  test('changes no device of the host', async () => {
    const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].map((name) => `/dev/${name}`)
    const before = devices.map((path) => statSync(path).ctimeMs)
    const ran = await insider.run(
      `chmod 666 ${devices.join(' ')}; touch ${devices.join(' ')}; for fd in 0 1 2; do chmod 666 /proc/self/fd/$fd; done; echo tried`,
    )
    expect(ran.stdout).toBe('tried\n')
    expect(devices.map((path) => statSync(path).ctimeMs)).toEqual(before)
  })
})
