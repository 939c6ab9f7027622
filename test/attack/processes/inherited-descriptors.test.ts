import { describe, expect, test } from 'vitest'
import { useInsiders } from './insiders.ts'

describe.each(useInsiders())('$name', (insider) => {
  test('inherits its three streams and nothing else', async () => {
    // The last one belongs to the listing itself.
    expect((await insider.run(['ls', '/proc/self/fd'])).stdout).toBe('0\n1\n2\n3\n')
  })

  test('cannot reach files of the host through its streams', async () => {
    const { stdout } = await insider.run('for fd in 0 1 2; do readlink /proc/self/fd/$fd; done')
    expect(stdout).toMatch(/^\/dev\/null\npipe:\[\d+\]\npipe:\[\d+\]\n$/)
  })
})
