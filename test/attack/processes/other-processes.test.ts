import { describe, expect, test } from 'vitest'
import { useInsiders } from './insiders.ts'

const insiders = useInsiders()

describe.each(insiders)('$name', (insider) => {
  test('neither sees nor reaches processes of the host', async () => {
    const ran = await insider.run(`ls -d /proc/[0-9]* | wc -l; kill -0 ${process.pid}`)
    expect(Number(ran.stdout)).toBeLessThan(9)
    expect(ran.stderr).toMatch(/No such process/)
  })
})

describe.each(insiders.filter(({ way }) => way === 'step'))('$name', (insider) => {
  test('cannot inspect the first process of its sandbox', async () => {
    const ran = await insider.run(
      'for place in root cwd; do cd /proc/1/$place && ls; done; readlink /proc/1/exe /proc/1/fd/*; cat /proc/1/environ /proc/1/fd/*',
    )
    expect(ran.stdout).toBe('')
    expect(ran.stderr).toContain('Permission denied')
  })
})
