import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuildOf, type Tsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { addUser, type TemporaryUser } from '../../support/temporary-user.ts'

const room = temporaryDirectory('attack-outlive')
beforeAll(() => {
  chmodSync(room, 0o755)
  execFileSync('cc', ['-static', '-o', join(room, 'outlive'), join(import.meta.dirname, 'outliving-process.c')])
})

/** Without a control group, only the first process of a container ends the others. */
describe.each([true, false])('a container of a user (with subordinate ids: %s)', (hasSubordinateIds) => {
  let user: TemporaryUser
  let tsbuild: Tsbuild
  beforeAll(async () => {
    user = addUser({ hasSubordinateIds })
    tsbuild = createTsbuildOf(user)
    await importBusybox(tsbuild)
  })

  test.each([
    ['0', 'ps'],
    ['1000', 'ps'],
    ['0', 'rm'],
  ])('a process of user %s that outlives its supervisor is ended by the next %s', async (as, command) => {
    const words = ['--network=none', '-u', as, '-v', `${room}:/room:ro`, 'busybox', '/room/outlive']
    await tsbuild.ok('run', '-d', '--name', 'clinging', ...words)
    await expect.poll(() => tsbuild.ok('logs', 'clinging')).toBe('ready')
    const pid = Number(await tsbuild.ok('inspect', '-f', '{{.State.Pid}}', 'clinging'))
    process.kill(parentOf(pid), 'SIGKILL')
    if (command === 'ps') expect(await tsbuild.ok('ps', '-a', '--format', '{{.Status}}')).toContain('Exited (137)')
    await tsbuild.ok('rm', '-f', 'clinging')
    await expect.poll(() => isRunning(pid)).toBe(false)
  })
})

function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1])
}

/** A zombie has ended. */
function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
}
