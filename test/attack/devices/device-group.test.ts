import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

/** A command must neither change nor leave the control group that determines which devices it may open. */
describe.each(useInsiders())('$name', (insider) => {
  test('neither changes nor leaves its device cgroup', async () => {
    const script = `mkdir -p /m; mknod /disk b 254 0
      for place in /sys/fs/cgroup /sys/fs/cgroup/devices /sys/fs/cgroup/unified; do
        mount -o remount,rw $place; mount -o remount,rw,bind $place; umount $place
        mkdir $place/below && echo "made $place/below"
        echo a > $place/devices.allow && echo "allowed in $place"
        echo 0 > $place/tasks && echo "moved in $place"
        echo 0 > $place/../devices/cgroup.procs && echo "moved in $place"
      done
      for type in "cgroup -o devices" cgroup2 "tmpfs -o dev"; do
        mount -t $type none /m && { echo "mounted $type"; echo a > /m/devices.allow; }
      done
      mount -o remount,dev /; mount -o remount,dev /dev
      unshare -C true && echo "made a namespace"
      [ "$(head -c 1 /disk | wc -c)" = 0 ] || echo opened; echo tried`
    const ran = await insider.run(script)
    expect(ran.stdout).toBe('tried\n')
  })
})
