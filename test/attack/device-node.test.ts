import { describe, expect, test } from 'vitest'
import { useInsiders } from './insiders.ts'

describe.each(useInsiders())('$name', (insider) => {
  test('opens no device that it makes, wherever it makes it', async () => {
    const script = `for place in / /dev /dev/shm /etc; do
      mknod $place/disk b 254 0; mknod $place/mem c 1 1; mknod $place/kmsg c 1 11
      for name in disk mem kmsg; do head -c 1 $place/$name && echo "opened $place/$name"; done
    done; echo tried`
    const ran = await insider.run(script)
    expect(ran.stdout).toBe('tried\n')
    expect(ran.stderr).toMatch(/Permission denied|not permitted/)
  })
})
