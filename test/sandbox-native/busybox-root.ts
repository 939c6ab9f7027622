import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Native,
  type OpenNativeOptions,
  openNative,
  type ProcessSpec,
  type RunOutcome,
  type RunRequest,
} from '../../sandbox-native/driver/index.ts'
import { removeAfterFile } from '../support/removed-afterwards.ts'

const APPLETS =
  'cat chmod chown chroot cp dd df dmesg echo env false grep head hostname id ip kill ln ls mkdir mkfifo mknod mount mv nc nproc ps pwd readlink rm rmdir sh sleep sort stat stty sysctl tail test touch tr true tty ulimit umount unshare wc yes'

/** A root filesystem of Debian's busybox-static in a private directory. */
export interface BusyboxRoot {
  readonly directory: string
  readonly lower: string
  readonly upper: string
  readonly native: Native
  /** Runs a script with `sh -c`; `more` overrides parts of the request. */
  run(script: string, more?: RunOptions): Promise<Ran>
  request(script: string, more?: RunOptions): RunRequest
  remove(): void
}

export interface RunOptions extends Partial<Omit<RunRequest, 'process'>> {
  readonly process?: Partial<ProcessSpec>
  readonly stdin?: Uint8Array
  readonly signal?: AbortSignal
}

export interface Ran extends RunOutcome {
  readonly stdout: string
  readonly stderr: string
  readonly warnings: readonly string[]
}

export function makeBusyboxRoot(options: OpenNativeOptions = {}): BusyboxRoot {
  const directory = mkdtempSync(join(tmpdir(), 'tsbuild-root-'))
  const remove = removeAfterFile(() => rmSync(directory, { recursive: true, force: true }))
  const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ]
  for (const path of [lower, upper, work, join(lower, 'bin'), join(lower, 'etc')]) mkdirSync(path)
  copyFileSync('/bin/busybox', join(lower, 'bin/busybox'))
  for (const applet of APPLETS.split(' ')) symlinkSync('busybox', join(lower, 'bin', applet))
  writeFileSync(join(lower, 'etc/passwd'), 'root:x:0:0::/root:/bin/sh\napp:x:1000:1000::/home/app:/bin/sh\n')
  writeFileSync(join(lower, 'etc/group'), 'root:x:0:\napp:x:1000:\nextra:x:44:app\n')
  const native = openNative(options)
  const request = (script: string, more: RunOptions = {}): RunRequest => {
    rmSync(work, { recursive: true, force: true }) // a volatile work directory can be used only once
    mkdirSync(work)
    const { process, stdin: _stdin, signal: _signal, ...rest } = more
    return {
      rootfs: { lowers: [lower], upper, work, volatile: true },
      mounts: [],
      hostname: 'box',
      network: { kind: 'none' },
      ...rest,
      process: { argv: ['sh', '-c', script], env: ['PATH=/bin'], cwd: '/', user: '', ...process },
    }
  }
  return {
    directory,
    lower,
    upper,
    native,
    request,
    run: (script, more = {}) => runToEnd(native, request(script, more), more),
    remove,
  }
}

async function runToEnd(native: Native, request: RunRequest, more: RunOptions): Promise<Ran> {
  const chunks: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] }
  const warnings: string[] = []
  const io = {
    ...(more.stdin !== undefined && { stdin: more.stdin }),
    output: (stream: 'stdout' | 'stderr', chunk: Buffer) => void chunks[stream].push(chunk),
    onWarning: (message: string) => warnings.push(message),
  }
  const outcome = await native.sandbox.run(request, io, more.signal)
  const [stdout, stderr] = [chunks.stdout, chunks.stderr].map((list) => Buffer.concat(list).toString())
  return { ...outcome, stdout: stdout ?? '', stderr: stderr ?? '', warnings }
}
