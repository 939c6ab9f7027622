import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseVolumeFlag } from '../../../cli/containers/mount-flags.ts'
import { runToEnd, type TestEngine, temporaryContainers } from '../../container/temporary-containers.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const outside = temporaryDirectory('outside')
let engine: TestEngine

beforeAll(async () => {
  engine = await temporaryContainers()
  await addLinks({ absolute: outside, up: `../../../../../../../..${outside}`, settings: '/etc' })
  writeFileSync(join(outside, 'secret'), 'of the host\n')
})

/** The image `links` has these links in its root. */
async function addLinks(links: Readonly<Record<string, string>>): Promise<void> {
  const { store } = engine
  const draft = await store.layers.draft()
  for (const [name, target] of Object.entries(links)) symlinkSync(target, join(draft.tree, name))
  const layer = await store.layers.commitTree(draft)
  const base = (await store.images.findAllByReference('docker.io/library/busybox:latest'))[0]
  const chain = [...(base?.chain ?? []), layer.id]
  const rootfs = { type: 'layers' as const, diff_ids: await store.layers.diffIds(chain) }
  const image = await store.images.put({ architecture: 'amd64', os: 'linux', config: {}, rootfs }, chain)
  await store.images.tag(image.id, 'docker.io/library/links:latest')
}

function run(flag: string, command: string) {
  const mounts = [parseVolumeFlag(flag)]
  return runToEnd(engine.containers, { image: 'links', autoRemove: true, mounts, command: ['sh', '-c', command] })
}

describe('a volume whose path is a link in the image', () => {
  for (const [place, target] of [
    ['/absolute', outside],
    ['/up', outside],
    ['/up/deeper', `${outside}/deeper`],
  ]) {
    test(`is mounted below the root of the container: ${place}`, async () => {
      const { stdout } = await run(`v1:${place}`, `echo mine > ${place}/file; cat ${target}/file; ls ${target}`)
      expect(stdout).toBe('mine\nfile\n')
      expect(readdirSync(outside)).toEqual(['secret'])
      await engine.containers.volumes.remove('v1')
    })
  }

  test('is filled from the target of the link in the image', async () => {
    expect((await run('v2:/settings', 'grep web: /settings/group')).stdout).toBe('web:x:1000:\n')
    await engine.containers.volumes.remove('v2')
  })
})

test('a volume whose data was replaced with a link does not show the target of the link', async () => {
  const { mountpoint } = await engine.containers.volumes.create({ name: 'v3' })
  renameSync(mountpoint, `${mountpoint}.old`)
  symlinkSync(outside, mountpoint)
  await expect(run('v3:/v', 'cat /v/secret')).rejects.toThrow(/v3/)
  rmSync(mountpoint)
  mkdirSync(mountpoint)
  expect((await run('v3:/v', 'ls -A /v')).stdout).toBe('')
  await engine.containers.volumes.remove('v3')
})

test('a volume name cannot be a path', async () => {
  for (const name of ['../../etc', '..', 'a/../../b', '.']) {
    await expect(engine.containers.volumes.create({ name })).rejects.toMatchObject({ code: 'CONTAINER_BAD_OPTION' })
  }
})
