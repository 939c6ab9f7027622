import { describe, expect, test } from 'vitest'
import { useOwnerKeepers } from './owner-keepers.ts'

const COVERED = `mkdir /x /jail /jail/bin /jail/old; touch /x/f; cp /bin/busybox /jail/bin; cp -a /bin/. /jail/bin
  unshare -m sh -c 'mount -t tmpfs t /x; touch /x/f; chown 5:6 /x/f; stat -c %u:%g /x/f'
  stat -c %u:%g /x/f
  mount -t tmpfs t /x; touch /x/g; chown 7:8 /x/g; stat -c %u:%g /x/g; umount /x; ls /x
  touch /jail/x; touch /x/f
  unshare -m chroot /jail /bin/sh -c 'mkdir /x2; touch /x2/f; chown 9:9 /x2/f; stat -c %u:%g /x2/f'
  stat -c %u:%g /jail/x2/f; ls -d /x2`

describe.each(useOwnerKeepers())('$name that is privileged', (insider) => {
  test('finds the files seen under a name, also in private mounts and roots of a process', async () => {
    const { stdout, stderr } = await insider.run(COVERED, { privileged: true })
    expect(stdout, stderr).toBe('5:6\n0:0\n7:8\nf\n9:9\n9:9\n')
  })
})
