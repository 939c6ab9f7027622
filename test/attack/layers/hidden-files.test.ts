import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

describe.each(useInsiders())('$name', (insider) => {
  test('sees nothing of the paths that docker masks', async () => {
    const script = `cat /proc/kcore /proc/keys /proc/timer_list /proc/interrupts 2>/dev/null | wc -c
      ls /proc/acpi /proc/scsi /sys/firmware 2>/dev/null | grep -v : | grep -c .`
    expect((await insider.run(script)).stdout.trim().split(/\s+/)).toEqual(['0', '0'])
  })
})
