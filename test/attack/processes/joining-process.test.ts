import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { useInsiders } from './insiders.ts'

const insiders = useInsiders((tree) => {
  execFileSync('cc', ['-static', '-o', join(tree, 'spy'), join(import.meta.dirname, 'joining-process.c')])
})

/** Between giving up its rights and being the command, a process still holds what its starter had. */
describe.each(insiders.filter(({ way }) => way === 'exec'))('$name', (insider) => {
  test('is not looked into by those inside before it is the command', async () => {
    // A path of many places makes the moment a long one.
    const places = Array.from({ length: 4000 }, (_, number) => `/no/such/place/${number}`)
    const container = { host: ['/spy'], env: [`PATH=${places.join(':')}:/bin`] }
    for (let round = 0; round < 10; round += 1) await insider.run(['true'], container)
    expect(await insider.run(['cat', '/seen'], container)).toMatchObject({ exitCode: 0, stdout: '' })
  })
})
