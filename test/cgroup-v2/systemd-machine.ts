import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { TemporaryUser } from '../support/temporary-user.ts'
import { removeGroups } from './remove-groups.ts'

const TOP = '/sys/fs/cgroup'
/** Appears as the root group to everything that systemd starts. */
const GROUP = join(TOP, 'machine')
const MEMBERS = join(GROUP, 'init.scope/cgroup.procs')
const PATIENCE_MS = 120_000

/** Units that have nothing to do with sessions and groups, and would take time. */
const MASKED = [
  ...['tmpfiles-setup.service', 'tmpfiles-setup-dev.service', 'sysusers.service', 'update-utmp.service'],
  ...['journald.service', 'journald.socket', 'journald-dev-log.socket', 'journald-audit.socket'],
  ...['journal-flush.service', 'udevd.service', 'udev-trigger.service', 'random-seed.service', 'sysctl.service'],
  ...['modules-load.service', 'timesyncd.service', 'binfmt.service', 'hwdb-update.service'],
].map((name) => `systemd-${name}`)

const UNITS = ['dbus.socket', 'systemd-logind.service', 'systemd-user-sessions.service']

/**
 * The process that waits for the first process is outside of the group, because the group could not be divided
 * otherwise.
 */
const ENTER = `echo 0 > ${GROUP}/cgroup.procs && exec unshare --cgroup sh -c "$0"`

/** This machine once more, with the services for sessions only. */
const BOOT = `mount --make-rprivate /
umount ${TOP} && mount -t cgroup2 cgroup2 ${TOP}
mount -t tmpfs -o mode=755 run /run
mount -t tmpfs units /etc/systemd/system
for unit in ${MASKED.join(' ')}; do ln -s /dev/null /etc/systemd/system/$unit; done
cat > /etc/systemd/system/tests.target <<END
[Unit]
DefaultDependencies=no
Requires=${UNITS.join(' ')}
END
exec env -i container=other PATH="$PATH" /lib/systemd/systemd --unit=tests.target --show-status=no --log-level=err`

/** The part of a call's environment that is passed on. */
const VARIABLES = ['TSBUILD_ROOT', 'DOCKER_CONFIG', 'HOME', 'PATH', 'NO_COLOR'].map((name) => `--setenv=${name}`)

/** A machine started by systemd, in private namespaces. */
export interface SystemdMachine {
  /** Standard output of a command run as root. */
  root(...words: readonly string[]): string
  /** Prefix of a command of root: it runs in a service, which ends all its processes with it. */
  readonly service: readonly string[]
  /** Prefix of a command of root: it runs in a scope. */
  readonly scope: readonly string[]
  /** Prefix of a command: it runs in a separate login session. */
  session(user: TemporaryUser): readonly string[]
  stop(): Promise<void>
}

export async function startSystemd(): Promise<SystemdMachine> {
  writeFileSync(join(TOP, 'cgroup.subtree_control'), '+memory +pids +cpu')
  mkdirSync(GROUP)
  const namespaces = ['--mount', '--pid', '--mount-proc', '--uts', '--ipc', '--fork', '--kill-child']
  const outer = spawn('unshare', [...namespaces, 'sh', '-c', ENTER, BOOT], { stdio: 'ignore' })
  const gone = new Promise((resolve) => outer.on('close', resolve))
  const stop = async () => {
    outer.kill('SIGKILL')
    await gone
    await until(
      'the groups of systemd are empty',
      () => !readFileSync(join(GROUP, 'cgroup.events'), 'utf8').includes('populated 1'),
    )
    removeGroups(GROUP)
  }
  try {
    await until('systemd runs', () => existsSync(MEMBERS))
    const [first = ''] = readFileSync(MEMBERS, 'utf8').split('\n')
    const enter = `echo 0 > ${MEMBERS} && exec nsenter --target ${first} --mount --pid --uts --ipc --cgroup -- "$@"`
    const inside = ['sh', '-c', enter, 'sh']
    const call = (...words: readonly string[]) => spawnSync('sh', [...inside.slice(1), ...words], { encoding: 'utf8' })
    // Requested again: a unit that failed in the first moments is not restarted automatically.
    const start = () => call('systemctl', 'start', ...UNITS)
    await until('users can log in', () => start().status === 0).catch((cause: unknown) => {
      const { stdout, stderr } = call('systemctl', 'status', ...UNITS)
      throw new Error(`${cause}: ${stdout}${stderr}`)
    })
    const service = [...inside, 'systemd-run', '--quiet', '--pipe', '--wait', '--collect', ...VARIABLES]
    return {
      root: (...words) => {
        const { stdout, stderr, status } = call(...words)
        if (status !== 0) throw new Error(`${words.join(' ')} ended with ${status}: ${stderr}`)
        return stdout
      },
      service,
      scope: [...inside, 'systemd-run', '--quiet', '--scope'],
      session: ({ name }) => [...service, '--property=PAMName=login', `--property=User=${name}`],
      stop,
    }
  } catch (cause) {
    await stop()
    throw cause
  }
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = Date.now() + PATIENCE_MS
  while (!holds()) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`)
    await setTimeout(200)
  }
}
