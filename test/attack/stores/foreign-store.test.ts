import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runInProcess } from '../../cli/support/run-in-process.ts'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuildOf } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { addUser } from '../../support/temporary-user.ts'

const user = addUser()
const otherStore = createTsbuildOf(user)
const room = temporaryDirectory('foreign')
const outside = join(room, 'outside')
const planted = join(room, 'store')

beforeAll(async () => {
  await importBusybox(otherStore)
  mkdirSync(outside)
  writeFileSync(join(outside, 'kept'), 'of root\n')
})

const COMMANDS = [
  ['prune', '-f', '-a'],
  ['builder', 'prune', '-f'],
  ['volume', 'create', 'vol'],
  ['ps', '-a'],
  ['image', 'rm', 'busybox'],
]

/** A copy of the user's store with a link to a directory of root. */
function plant(name: string): void {
  rmSync(planted, { recursive: true, force: true })
  cpSync(otherStore.root, planted, { recursive: true, preserveTimestamps: true })
  rmSync(join(planted, name), { recursive: true, force: true })
  symlinkSync(outside, join(planted, name))
}

test.each(['tmp', 'volumes', 'events', 'by-diff-id', 'containers'])(
  "root's commands follow no link that the owner of a store left at %s",
  async (name) => {
    plant(name)
    execFileSync('chown', ['-hR', user.name, planted])
    for (const words of COMMANDS) {
      const { stderr, code } = await runInProcess(words, { root: planted })
      expect(stderr, words.join(' ')).toContain(`belongs to user ${user.uid} (expected root)`)
      expect(code).not.toBe(0)
    }
    expect(readdirSync(outside)).toEqual(['kept'])
  },
)

test('a link of another user in a directory of root is refused as well', async () => {
  plant('tmp')
  execFileSync('chown', ['-R', 'root', planted])
  execFileSync('chown', ['-h', user.name, join(planted, 'tmp')])
  const { stderr } = await runInProcess(['prune', '-f', '-a'], { root: planted })
  expect(stderr).toContain(`"${join(planted, 'tmp')}" belongs to user ${user.uid}`)
  expect(readdirSync(outside)).toEqual(['kept'])
})
