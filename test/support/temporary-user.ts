import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { removeAfterFile } from './removed-afterwards.ts'
import { addAccount, type UserAccount } from './user-account.ts'

const repository = resolve(import.meta.dirname, '../..')

/** A non-root user, and the program in a directory that the user can read. */
export interface TemporaryUser extends UserAccount {
  readonly program: string
  /** Starts the program as this user. */
  readonly command: readonly string[]
}

/** For private networks of all users: not every machine grants them the device. */
const WITH_TUN = 'mount -t tmpfs tmpfs /dev/net && mknod -m 666 /dev/net/tun c 10 200 && exec runuser -u "$0" -- "$@"'

export function addUser({ hasSubordinateIds = true } = {}): TemporaryUser {
  const account = addAccount({ hasSubordinateIds })
  const directory = mkdtempSync(join(tmpdir(), 'tsbuild-user-'))
  mkdirSync(join(directory, 'dist'))
  cpSync(join(repository, 'bin'), join(directory, 'bin'), { recursive: true })
  const parts = readdirSync(join(repository, 'dist')).filter((file) => /\.(cjs|cache)$|^tsbuild-sandbox$/.test(file))
  for (const file of parts) cpSync(join(repository, 'dist', file), join(directory, 'dist', file))
  execFileSync('chmod', ['-R', 'a+rX', directory]) // independent of the umask of the build and the test
  const program = join(directory, 'bin/tsbuild')
  return {
    ...account,
    program,
    command: ['unshare', '--mount', '--propagation', 'slave', 'sh', '-c', WITH_TUN, account.name, program],
    remove: removeAfterFile(async () => {
      await account.remove()
      rmSync(directory, { recursive: true })
    }),
  }
}
