import { describe, expect, test } from 'vitest'
import { useOwnerKeepers } from './owner-keepers.ts'

const insiders = useOwnerKeepers()

describe.each(insiders.filter(({ way }) => way !== 'exec'))('$name', (insider) => {
  test('cannot change owners in the layers below through another name of a file', async () => {
    const script = 'ln /bin/busybox /mine; chown 5:6 /mine; chown -h 5:6 /bin/sh; stat -c %u /bin/busybox /mine /bin/sh'
    expect((await insider.run(script)).stdout).toBe('5\n5\n5\n')
    expect((await insider.run('stat -c %u /bin/busybox /bin/sh')).stdout).toBe('0\n0\n')
    const outside = 'ln /proc/1/exe /x; ln -P /proc/self/exe /y; chown 5 /x /y 2>/dev/null; ls /x'
    expect((await insider.run(outside)).stdout).toBe('')
  })
})
