import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { digestOf, MediaType } from '../../image-spec/index.ts'
import { openStore } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { blobLayer, fileIn } from './layer-samples.ts'
import { temporaryRoot } from './temporary-store.ts'

let unmount = () => {}
afterEach(() => unmount())

/** A disk in a file that loses everything unflushed between two mounts. */
async function lossyDisk() {
  const room = await temporaryRoot()
  const [image, mounted] = [join(room, 'disk'), join(room, 'mounted')]
  writeFileSync(image, '')
  truncateSync(image, 64 * 2 ** 20)
  mkdirSync(mounted)
  execFileSync('mkfs.ext4', ['-q', image])
  const mount = (path: string) => execFileSync('mount', ['-o', 'loop', path, mounted])
  // Sandboxes of other tests may have copies of the mount.
  unmount = () => execFileSync('umount', ['--lazy', mounted])
  mount(image)
  return {
    root: join(mounted, 'store'),
    lose: () => {
      copyFileSync(image, `${image}.lost`)
      unmount()
      mount(`${image}.lost`)
    },
  }
}

test('an unflushed tree is unpacked again after its disk was mounted again', async () => {
  const { root, lose } = await lossyDisk()
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
  const { root, lose } = await lossyDisk()
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
