import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

describe.each(useInsiders())('$name', (insider) => {
  test('sees its own control group as the root', async () => {
    const { stdout } = await insider.run('cat /proc/self/cgroup')
    for (const line of stdout.trim().split('\n')) expect(line).toMatch(/:\/$/)
  })

  test('changes no control group, not even its own', async () => {
    // Writes the current values, so that a success does no harm.
    const script = `for group in /sys/fs/cgroup /sys/fs/cgroup/*; do
      [ -d $group ] || continue
      mkdir $group/mine && echo "made $group/mine"
      for name in release_agent notify_on_release cgroup.procs pids.max memory.limit_in_bytes memory.max devices.allow; do
        [ -e $group/$name ] || continue
        value=$(head -n 1 $group/$name 2>/dev/null); echo "$value" > $group/$name && echo "wrote $group/$name"
      done
    done; echo tried`
    expect((await insider.run(script)).stdout).toBe('tried\n')
  })
})
