import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { vi } from 'vitest'
import { type Containers, openContainers, type RunSpec } from '../../container/index.ts'
import type { ContainerConfig } from '../../image-spec/index.ts'
import { type LayerStore, openStore } from '../../layer-store/index.ts'
import { type Native, openNative } from '../../sandbox-native/driver/index.ts'
import { removeAfterFile } from '../support/removed-afterwards.ts'

export interface TestEngine {
  readonly store: LayerStore
  readonly native: Native
  readonly containers: Containers
  /** The store is a separate filesystem. */
  readonly isDisk?: boolean
}

/**
 * A store with the image `busybox`, in a private directory or on a disk of the given size; everything in it is removed
 * after the tests of the file.
 */
export async function temporaryContainers(diskBytes?: number): Promise<TestEngine> {
  const root = await mkdtemp(join(tmpdir(), 'tsbuild-containers-'))
  const isDisk = diskBytes !== undefined
  if (isDisk) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tsbuild-disk', root])
  const native = openNative()
  const store = await openStore(root, native.trees)
  const engine = { store, native, containers: openContainers({ store, native }), isDisk }
  removeAfterFile(() => close(engine))
  await addBusybox(store, 'busybox', { Cmd: ['sh'], Env: ['FROM_IMAGE=yes'] })
  return engine
}

/** Debian's static busybox with links for all its applets. */
export async function addBusybox(store: LayerStore, name: string, config: ContainerConfig): Promise<void> {
  const draft = await store.layers.draft()
  for (const folder of ['bin', 'etc', 'tmp', 'root', 'data']) mkdirSync(join(draft.tree, folder))
  copyFileSync('/bin/busybox', join(draft.tree, 'bin/busybox'))
  for (const applet of execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).split('\n')) {
    if (applet !== '' && applet !== 'busybox') symlinkSync('busybox', join(draft.tree, 'bin', applet))
  }
  writeFileSync(join(draft.tree, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1000::/data:/bin/sh\n')
  writeFileSync(join(draft.tree, 'etc/group'), 'root:x:0:\nweb:x:1000:\n')
  writeFileSync(join(draft.tree, 'data/from-image'), 'from the image\n')
  const layer = await store.layers.commitTree(draft)
  const diffIds = await store.layers.diffIds([layer.id])
  const image = await store.images.put(
    { architecture: 'amd64', os: 'linux', config, rootfs: { type: 'layers', diff_ids: diffIds } },
    [layer.id],
  )
  await store.images.tag(image.id, `docker.io/library/${name}:latest`)
}

export interface Finished {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  readonly id: string
}

/** The output of a shell command in a running container. */
export async function outputOf({ containers }: TestEngine, name: string, command: string): Promise<string> {
  let text = ''
  const output = (_: string, chunk: Buffer) => {
    text += chunk.toString()
  }
  await containers.exec(name, { argv: ['sh', '-c', command] }, { output })
  return text
}

/** Runs in the foreground and waits for the exit. */
export async function runToEnd(containers: Containers, spec: Partial<RunSpec>): Promise<Finished> {
  const [stdout, stderr] = [createSink(), createSink()]
  const { container, session } = await containers.run(
    { image: 'busybox', network: 'none', ...spec },
    { stdout, stderr },
  )
  const end = await session?.ended
  if (end?.kind !== 'exited') throw new Error(`The session ended otherwise: ${JSON.stringify(end)}`)
  return { exitCode: end.exitCode, stdout: stdout.text(), stderr: stderr.text(), id: container.id }
}

export function createSink(): Writable & { text(): string; bytes(): Buffer } {
  const chunks: Buffer[] = []
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  const bytes = () => Buffer.concat(chunks)
  return Object.assign(sink, { bytes, text: () => bytes().toString('utf8') })
}

/** Private memory of this process. */
export function privateBytes(pid: number): number {
  const lines = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8').matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)
  return [...lines].reduce((sum, [, kilobytes]) => sum + Number(kilobytes) * 1024, 0)
}

async function close({ containers, native, store, isDisk }: TestEngine): Promise<void> {
  for (const { id } of await containers.list({ all: true })) {
    await containers.remove(id, { force: true, volumes: true })
  }
  // A supervisor reports its container's exit before it has cleaned up.
  await vi.waitUntil(() => !hasProcessIn(store.root), { timeout: 10_000, interval: 5 })
  if (isDisk === true) execFileSync('umount', [store.root])
  await native.trees.remove({ paths: [store.root] })
}

/** The working directory of a supervisor is that of its container. */
function hasProcessIn(root: string): boolean {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .some((pid) => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(root)
      } catch {
        return false // has just ended
      }
    })
}
