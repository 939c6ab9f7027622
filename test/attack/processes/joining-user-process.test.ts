import { execFileSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuildOf, type Tsbuild } from '../../end-to-end/tsbuild.ts'
import { type DelegatedGroups, delegateGroups } from '../../support/delegated-groups.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { addUser, type TemporaryUser } from '../../support/temporary-user.ts'

let directory: string
let user: TemporaryUser
let groups: DelegatedGroups
let tsbuild: Tsbuild
beforeAll(async () => {
  directory = temporaryDirectory('spy')
  chmodSync(directory, 0o755)
  execFileSync('cc', ['-static', '-o', join(directory, 'spy'), join(import.meta.dirname, 'joining-process.c')])
  user = addUser()
  groups = delegateGroups(user)
  tsbuild = createTsbuildOf(groups.user)
  await importBusybox(tsbuild)
})

/**
 * A joining process can still see the user's whole machine, and the waiting processes are root of its user namespace.
 */
test.each([[['--cap-add=SYS_PTRACE']], [['--privileged']]])(
  'a container with %s cannot inspect a joining process before it runs its command',
  async (flags) => {
    const alone = ['--network=none', '-v', `${directory}:/tools:ro`]
    await tsbuild.ok('run', '-d', '--name=owner', ...alone, ...flags, 'busybox', '/tools/spy')
    for (let round = 0; round < 5; round += 1)
      await tsbuild.ok('run', '--rm', '--network=none', '--pid=container:owner', 'busybox', 'true')
    await tsbuild.ok('run', '--rm', '--pid=container:owner', 'busybox', 'true') // with a network helper
    const seen = join(tsbuild.root, '..', 'seen') // cp does not join its PID namespace
    await tsbuild.ok('cp', 'owner:/seen', seen)
    expect(readFileSync(seen, 'utf8')).toBe('')
    await tsbuild.ok('rm', '-f', 'owner')
  },
)
