import { mkdtempSync, readdirSync, readFileSync, readlinkSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const tsbuild = createTsbuild()
const paths = temporaryDirectory('paths')
/** pasta keeps SYS_ADMIN to enter the network again, restricted by a seccomp filter and without access to files. */
const KEPT = { pasta: ['NET_BIND_SERVICE', 'SYS_ADMIN'], slirp4netns: ['NET_BIND_SERVICE'] }
const NUMBERS = { NET_BIND_SERVICE: 10n, NET_ADMIN: 12n, SYS_ADMIN: 21n }

beforeAll(() => importBusybox(tsbuild))

test.each(['pasta', 'slirp4netns'] as const)(
  '%s for a container of root has no privileges over the host and no access to its files once it is connected',
  async (name) => {
    const path = mkdtempSync(join(paths, 'p-'))
    symlinkSync(process.execPath, join(path, 'node'))
    symlinkSync(`/usr/bin/${name}`, join(path, name))
    const words = ['run', '--detach', '--name', name, 'busybox', 'sleep', '1000']
    await tsbuild.with({ env: { PATH: path } }).ok(...words)
    const pid = await tsbuild.ok('inspect', '--format', '{{.State.Pid}}', name)
    const helpers = childrenOf(statusOf(pid)['PPid'] ?? '').filter((child) => child !== pid)
    const found = helpers.map(statusOf).filter(({ Name }) => Name === name || Name?.startsWith('passt'))
    expect(found).toHaveLength(1)
    const [{ Pid = '', ...status } = {}] = found
    const kept = KEPT[name].reduce((bits, one) => bits | (1n << NUMBERS[one as keyof typeof NUMBERS]), 0n)
    const openers = kept | (1n << NUMBERS.NET_ADMIN)
    expect(BigInt(`0x${status['CapEff']}`) & ~kept).toBe(0n)
    expect(BigInt(`0x${status['CapPrm']}`) & ~kept).toBe(0n)
    expect(BigInt(`0x${status['CapBnd']}`) & ~openers).toBe(0n)
    expect(status).toMatchObject({ NoNewPrivs: '1', Seccomp: '2' })
    expect(readlinkSync(`/proc/${Pid}/ns/mnt`)).not.toBe(readlinkSync('/proc/self/ns/mnt'))
    expect(['etc', 'run']).toEqual(expect.arrayContaining(readdirSync(`/proc/${Pid}/root`)))
    await tsbuild.ok('rm', '--force', name)
  },
)

function childrenOf(parent: string): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && statusOf(pid)['PPid'] === parent)
}

function statusOf(pid: string): Partial<Record<string, string>> {
  try {
    const lines = readFileSync(`/proc/${pid}/status`, 'utf8').trim().split('\n')
    return Object.fromEntries(lines.map((line) => line.split(':').map((part) => part.trim())))
  } catch {
    return {} // has just ended
  }
}
