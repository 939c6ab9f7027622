import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

const ATTEMPTS = ['mount -t tmpfs none /m', 'mount -o bind / /m', 'mount -o remount,rw /sys', 'umount /proc']

describe.each(useInsiders())('$name', (insider) => {
  test('cannot mount anything', async () => {
    const ran = await insider.run(`mkdir /m; ${ATTEMPTS.map((attempt) => `${attempt} && echo did`).join('; ')}`)
    expect(ran.stdout).toBe('')
    expect(ran.stderr.match(/ermission denied|not permitted/g)).toHaveLength(ATTEMPTS.length)
  })
})
