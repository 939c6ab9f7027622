import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parseTmpfsFlag, parseVolumeFlag } from '../../../cli/containers/mount-flags.ts'
import type { MountSpec } from '../../../container/index.ts'
import {
  addBusybox,
  createSink,
  runToEnd,
  type TestEngine,
  temporaryContainers,
} from '../../container/temporary-containers.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

/**
 * Device nodes that exist without mknod: in a layer of the image, a volume or a host directory. The devices are opened
 * but not written, so that a failing test does no harm.
 */
let engine: TestEngine
const host = temporaryDirectory('nodes')

beforeAll(async () => {
  engine = await temporaryContainers()
  plant(host)
  plant((await engine.containers.volumes.create({ name: 'planted' })).mountpoint)
  await addNodesToImage()
})

/** A disk, all memory and the kernel's log, with mode 666; and a device that every container may open. */
function plant(directory: string): void {
  const nodes = { disk: 'b 254 0', mem: 'c 1 1', kmsg: 'c 1 11', zero: 'c 1 5' }
  for (const [name, numbers] of Object.entries(nodes))
    execFileSync('mknod', ['-m', '666', join(directory, name), ...numbers.split(' ')])
}

async function addNodesToImage(): Promise<void> {
  const { store } = engine
  await addBusybox(store, 'base', {})
  const draft = await store.layers.draft()
  mkdirSync(join(draft.tree, 'nodes'))
  plant(join(draft.tree, 'nodes'))
  const layer = await store.layers.commitTree(draft)
  const base = (await store.images.findAllByReference('docker.io/library/base:latest'))[0]
  const chain = [...(base?.chain ?? []), layer.id]
  const rootfs = { type: 'layers' as const, diff_ids: await store.layers.diffIds(chain) }
  const config = { Cmd: ['sh'] }
  const image = await store.images.put({ architecture: 'amd64', os: 'linux', config, rootfs }, chain)
  await store.images.tag(image.id, 'docker.io/library/planted:latest')
}

const ATTEMPT = `cd "$0"; for name in disk mem kmsg; do
    head -c 1 $name | wc -c; sh -c "true > $name" && echo "wrote $name"
  done; head -c 1 zero | wc -c`

const ways: readonly (readonly [string, string, readonly MountSpec[]])[] = [
  ['a layer', '/nodes', []],
  ['a volume', '/v', [parseVolumeFlag('planted:/v')]],
  ['a directory of the host', '/h', [parseVolumeFlag(`${host}:/h`)]],
  ['a directory of the host, read-only', '/h', [parseVolumeFlag(`${host}:/h:ro`)]],
]

test.each(ways)('a disk cannot be opened through a node in %s', async (_, place, mounts) => {
  const command = ['sh', '-c', ATTEMPT, place]
  const { stdout, stderr } = await runToEnd(engine.containers, { image: 'planted', mounts, command, autoRemove: true })
  expect(stdout.split('\n').slice(0, 3)).toEqual(['0', '0', '0'])
  expect(stderr.match(/not permitted|Permission denied|Read-only/g)).toHaveLength(6)
})

test.each(ways)('exec cannot open a disk through a node in %s', async (_, place, mounts) => {
  const { containers } = engine
  const { container } = await containers.run({ image: 'planted', network: 'none', mounts, command: ['sleep', '1000'] })
  const output = createSink()
  const io = { output: (_stream: string, chunk: Buffer) => void output.write(chunk) }
  await containers.exec(container.id, { argv: ['sh', '-c', ATTEMPT, place] }, io)
  await containers.remove(container.id, { force: true })
  expect(output.text()).not.toContain('wrote')
  expect(output.text().match(/not permitted|Permission denied|Read-only/g)).toHaveLength(6)
})

test('a disk cannot be opened through a node on a tmpfs of the container', async () => {
  const command = ['sh', '-c', 'mknod /t/disk b 254 0; head -c 1 /t/disk | wc -c']
  const ran = await runToEnd(engine.containers, { mounts: [parseTmpfsFlag('/t')], command, autoRemove: true })
  expect(ran.stdout).toBe('0\n')
})
