import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

const program = join(import.meta.dirname, '../../bin/tsbuild')
let room = ''
let tsbuild: Tsbuild

beforeAll(() => {
  room = temporaryDirectory('full-output')
  tsbuild = createTsbuild()
  for (const name of ['disk', 'context']) mkdirSync(join(room, name))
  writeFileSync(join(room, 'context/large'), randomBytes(1 << 20))
  writeFileSync(join(room, 'context/Dockerfile'), 'FROM scratch\nCOPY large /\n')
})

/** Pruning the store would not free the disk of the output. */
test.each(['local', 'tar', 'oci', 'docker'])(
  'an output of type %s on a full disk names the output and its disk',
  (type) => {
    const script = 'mount -t tmpfs -o size=64k tmpfs "$1/disk" && exec "$2" build -q -o "$3" "$1/context"'
    const path = join(room, 'disk/out')
    const words = ['--mount', 'sh', '-c', script, 'sh', room, program, `type=${type},dest=${path}`]
    const env = { ...process.env, TSBUILD_ROOT: tsbuild.root }
    const { status, stderr } = spawnSync('unshare', words, { env, encoding: 'utf8' })
    expect([status, stderr.split('\n').filter(Boolean)]).toEqual([
      73,
      [
        `ERROR: Cannot write "${path}": no space left on device`,
        '  hint: Free space on that filesystem, or choose another destination',
      ],
    ])
  },
)
