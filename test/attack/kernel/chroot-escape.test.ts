import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

const insiders = useInsiders()

describe.each(insiders)('$name', (insider) => {
  test('a chroot inside the container cannot climb above its root', async () => {
    const script = `mkdir -p /jail/bin && cp /bin/busybox /jail/bin/sh && touch /mine
      chroot /jail /bin/sh -c 'cd ../../../../../../..; pwd'; cd /proc/self/root/../../..; ls mine`
    expect((await insider.run(script)).stdout).toBe('/\nmine\n')
  })
})

describe.each(insiders.filter(({ way }) => way === 'exec'))('$name whose first process has another root', (insider) => {
  test('has the root of the container', async () => {
    const host = ['sh', '-c', 'mkdir -p /jail/bin; cp /bin/busybox /jail/bin/sleep; exec chroot /jail /bin/sleep 1000']
    await expect
      .poll(async () => (await insider.run('ls -d /proc/1/root/bin/*; ls -d /jail', { host })).stdout)
      .toBe('/proc/1/root/bin/sleep\n/jail\n')
  })
})
