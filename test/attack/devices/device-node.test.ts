import { describe, expect, test } from 'vitest'
import { useInsiders } from '../processes/insiders.ts'

describe.each(useInsiders())('$name', (insider) => {
  test('cannot read a device that it creates, wherever it creates it', async () => {
    const script = `for place in / /dev /dev/shm /etc; do
      mknod $place/disk b 254 0; mknod $place/mem c 1 1; mknod $place/kmsg c 1 11
      for name in disk mem kmsg; do [ "$(head -c 1 $place/$name | wc -c)" = 0 ] || echo "read $place/$name"; done
    done; echo tried`
    const ran = await insider.run(script)
    expect(ran.stdout).toBe('tried\n')
    // With a single ID, a device is an empty file with a record of its numbers.
    if (!insider.hasSingleId) expect(ran.stderr).toMatch(/Permission denied|not permitted/)
  })
})
