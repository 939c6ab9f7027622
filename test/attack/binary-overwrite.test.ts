import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findBinary } from '../../sandbox-native/driver/index.ts'
import { type BusyboxRoot, makeBusyboxRoot } from '../sandbox-native/busybox-root.ts'

let root: BusyboxRoot

beforeAll(() => {
  root = makeBusyboxRoot()
})

afterAll(() => root.remove())

test('a command can not overwrite the binary that runs it', async () => {
  const script = `#!/proc/self/exe`
  const before = sha256(findBinary(process.env))
  const attack = `cp /bin/sh /tool; for i in 1 2 3 4 5 6 7 8 9; do
      echo x > /proc/1/exe; for p in /proc/[0-9]*; do case "$(readlink $p/exe)" in *tsbuild*) echo x > $p/exe;; esac; done
    done; /self; echo x > /proc/$$/exe`
  const self = { kind: 'file', target: '/self', contentBase64: btoa(script), mode: 0o755, uid: 0, gid: 0 } as const
  for (const security of ['default', 'insecure'] as const) await root.run(attack, { mounts: [self], security })
  expect(sha256(findBinary(process.env))).toBe(before)
})

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}
