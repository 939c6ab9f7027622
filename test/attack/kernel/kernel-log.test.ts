import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

describe.each(useInsiders())('$name', (insider) => {
  test("neither reads nor clears the kernel's log", async () => {
    const ran = await insider.run('dmesg; dmesg -c; cat /proc/kmsg /dev/kmsg')
    expect(ran.stdout).toBe('')
    expect(ran.stderr.match(/not permitted|ermission denied|No such file/g)).toHaveLength(4)
  })
})
