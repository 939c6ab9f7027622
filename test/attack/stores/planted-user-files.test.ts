import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

const PLANTED = [
  'rm /etc/passwd; mkfifo /etc/passwd',
  'rm /etc/passwd; ln -s /dev/zero /etc/passwd',
  'rm /etc/passwd; ln -s /proc/self/fd/0 /etc/passwd',
  'yes root:x:4294967295:0::/: > /etc/passwd & sleep 0.1; kill $!',
]

describe.each(useInsiders().filter(({ way }) => way === 'exec'))('$name', (insider) => {
  test('is neither delayed nor run as another user because of user files in the container', async () => {
    for (const plant of PLANTED) {
      const host = ['sh', '-c', `${plant}; touch /planted; exec sleep 1000`]
      await expect.poll(async () => (await insider.run('ls /planted', { host })).stdout).toBe('/planted\n')
      const ran = await insider.run('grep Uid: /proc/self/status', { host })
      expect([plant, ran.refusal ?? ran.stdout]).toEqual([plant, 'Uid:\t0\t0\t0\t0\n'])
    }
  })
})
