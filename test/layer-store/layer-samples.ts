import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Descriptor, type Digest, digestOf, type ImageConfig, MediaType } from '../../image-spec/index.ts'
import type { LayerRecord, LayerStore } from '../../layer-store/index.ts'

/** A layer as created by RUN: a tree with one file. */
export async function treeLayer(store: LayerStore, name: string): Promise<LayerRecord> {
  const draft = await store.layers.draft()
  writeFileSync(join(draft.tree, name), name)
  return store.layers.commitTree(draft)
}

const tars = new Map<string, Buffer>()

/** A tar with one file, the same at every call. */
export function tarBytes(name: string): Buffer {
  const known = tars.get(name)
  if (known !== undefined) return known
  const script = `d=$(mktemp -d); printf %s '${name}' > $d/${name}; tar -c --mtime=@0 --owner=0 --group=0 -C $d ${name}; rm -r $d`
  const made = execFileSync('sh', ['-c', script])
  tars.set(name, made)
  return made
}

/** A layer as created by COPY: a tar with its index. */
export async function tarLayer(
  store: LayerStore,
  name: string,
  options: { diffId?: false } = {},
): Promise<LayerRecord> {
  const draft = await store.layers.draft('tar')
  const tar = tarBytes(name)
  await writeFile(draft.tar, tar)
  await writeFile(draft.index, '')
  const known = options.diffId === false ? {} : { diffId: digestOf(tar) }
  return store.layers.commitTar(draft, { ...known, sizeBytes: tar.length })
}

/** A layer as pulled from a registry: a compressed blob. */
export async function blobLayer(store: LayerStore, name: string): Promise<LayerRecord> {
  const { descriptor, diffId, bytes } = gzipLayer(name)
  await store.blobs.put(descriptor, [bytes])
  return store.layers.addBlob(descriptor, diffId)
}

export function gzipLayer(name: string): { descriptor: Descriptor; diffId: Digest; bytes: Buffer } {
  const tar = tarBytes(name)
  const bytes = gzipSync(tar)
  const descriptor = { mediaType: MediaType.ociLayerGzip, digest: digestOf(bytes), size: bytes.length }
  return { descriptor, diffId: digestOf(tar), bytes }
}

export async function configOf(store: LayerStore, layers: readonly LayerRecord[]): Promise<ImageConfig> {
  const diffIds = await store.layers.diffIds(layers.map(({ id }) => id))
  return {
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['/bin/sh'], Env: ['PATH=/bin'] },
    rootfs: { type: 'layers', diff_ids: diffIds },
  }
}

export async function fileIn(tree: string, name: string): Promise<string> {
  return readFile(join(tree, name), 'utf8')
}
