import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { useInsiders } from './insiders.ts'

const insiders = useInsiders((tree) => {
  execFileSync('cc', ['-static', '-o', join(tree, 'spy'), join(import.meta.dirname, 'joining-process.c')])
})

/** Between dropping its privileges and executing the command, a process still holds resources of its starter. */
describe.each(insiders.filter(({ way }) => way === 'exec'))('$name', (insider) => {
  test('cannot be inspected by processes inside before it runs its command', async () => {
    // Searching a long PATH extends the critical moment.
    const places = Array.from({ length: 4000 }, (_, number) => `/no/such/place/${number}`)
    const container = { host: ['/spy'], env: [`PATH=${places.join(':')}:/bin`] }
    for (let round = 0; round < 10; round += 1) await insider.run(['true'], container)
    expect(await insider.run(['cat', '/seen'], container)).toMatchObject({ exitCode: 0, stdout: '' })
  })
})
