import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { digestOf, MediaType } from '../../image-spec/index.ts'
import { openStore } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { createLossyDisk } from '../support/lossy-disk.ts'
import { blobLayer, fileIn } from './layer-samples.ts'

/** A store on a disk that loses everything unflushed. */
function lossyStore() {
  const disk = createLossyDisk(64 * 2 ** 20)
  return {
    root: join(disk.path, 'store'),
    lose: () => {
      disk.cutPower()
      disk.mountAgain()
    },
  }
}

test('an unflushed tree is unpacked again after its disk was mounted again', async () => {
  const { root, lose } = lossyStore()
  const before = await openStore(root, openNative().trees)
  const held = await before.lock('shared')
  const { id } = await blobLayer(before, 'pulled')
  execFileSync('sync', ['--file-system', root]) // as for layers of an image
  const [torn = ''] = await before.layers.trees([id])
  expect(await before.layers.trees([id])).toEqual([torn])
  execFileSync('sync', [dirname(torn)]) // the names, not the content
  await held.release()
  lose()
  const after = await openStore(root, openNative().trees)
  const again = await after.lock('shared')
  const [tree = ''] = await after.layers.trees([id])
  expect(await fileIn(tree, 'pulled')).toBe('pulled')
  expect(tree).not.toBe(torn)
  await again.release()
})

test('a layer known only by its source keeps it after the disk was mounted again', async () => {
  const { root, lose } = lossyStore()
  const before = await openStore(root, openNative().trees)
  const held = await before.lock('shared')
  const diffId = digestOf(Buffer.from('a layer elsewhere'))
  const descriptor = { mediaType: MediaType.ociLayerGzip, digest: digestOf(Buffer.from('its blob')), size: 7 }
  const form = { descriptor, address: 'registry.example.com/team/app' }
  const layer = await before.layers.addRemote(diffId, [form])
  const rootfs = { type: 'layers', diff_ids: [diffId] } as const
  await before.images.put({ architecture: 'amd64', os: 'linux', config: {}, rootfs }, [layer])
  await held.release()
  lose()
  const after = await openStore(root, openNative().trees)
  expect(await after.layers.remoteForms(layer)).toEqual([form])
})
