import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ImageRecord, LayerStore } from '../../../layer-store/index.ts'

/** An image with one layer per table of files, tagged `tag`. */
export async function makeImage(
  store: LayerStore,
  tag: string,
  layers: readonly Readonly<Record<string, string | Buffer>>[],
): Promise<ImageRecord> {
  const chain = []
  for (const files of layers) {
    const draft = await store.layers.draft()
    for (const [name, content] of Object.entries(files)) {
      await mkdir(join(draft.tree, name, '..'), { recursive: true })
      await writeFile(join(draft.tree, name), content)
    }
    chain.push((await store.layers.commitTree(draft)).id)
  }
  const diffIds = await store.layers.diffIds(chain)
  const config = {
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['/bin/sh'] },
    rootfs: { type: 'layers' as const, diff_ids: diffIds },
    history: diffIds.map(() => ({ created_by: 'a test' })),
  }
  const { id } = await store.images.put(config, chain)
  await store.images.tag(id, tag)
  return store.images.get(id)
}

export const LINUX = { os: 'linux', architecture: 'amd64' } as const
