import { symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { useInsiders } from './insiders.ts'

const outside = temporaryDirectory('outside')
writeFileSync(join(outside, 'secret'), 'of the host\n', { mode: 0o644 })

const insiders = useInsiders((tree) => {
  symlinkSync('../../../../../../../../../..', join(tree, 'up'))
  symlinkSync('/proc/self/fd/3', join(tree, 'fd'))
})

/** A working directory behind an inherited descriptor would be outside of the root, and give access to everything. */
describe.each(insiders)('$name', (insider) => {
  test('has no working directory on the host', async () => {
    const script = `cat ../../../../../../..${join(outside, 'secret')} 2>/dev/null; cat $PWD/..${join(outside, 'secret')} 2>/dev/null`
    const descriptors = Array.from({ length: 20 }, (_, number) => `/proc/self/fd/${number}`)
    for (const workingDir of [
      ...descriptors,
      '/fd',
      '/proc/1/cwd',
      '/proc/1/root',
      `/up${outside}`,
      '/dev/fd/4/../..',
    ]) {
      const ran = await insider.run(script, { workingDir })
      expect([workingDir, ran.stdout]).toEqual([workingDir, ''])
    }
  })
})
