import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { importTree } from '../../../images/archives/import-tree.ts'
import type { ImageRecord, LayerStore, StoreTreeWork } from '../../../layer-store/index.ts'
import { treeLayer } from '../../layer-store/layer-samples.ts'

export const platform = { os: 'linux', architecture: 'amd64' } as const
export const NAME = 'docker.io/library/hello:v1'

/** A root filesystem with Debian's static busybox, as a tar. */
export function busyboxTar(): Buffer {
  const root = mkdtempSync(join(tmpdir(), 'tsbuild-busybox-'))
  try {
    mkdirSync(join(root, 'bin'))
    mkdirSync(join(root, 'etc'))
    copyFileSync('/bin/busybox', join(root, 'bin/busybox'))
    chmodSync(join(root, 'bin/busybox'), 0o755)
    symlinkSync('busybox', join(root, 'bin/sh'))
    writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\n')
    return execFileSync('tar', ['-c', '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '-C', root, '.'], {
      maxBuffer: 64 << 20,
    })
  } finally {
    rmSync(root, { recursive: true })
  }
}

/** Two layers: the imported filesystem, and one file on top. */
export async function busyboxImage(store: LayerStore, trees: StoreTreeWork): Promise<ImageRecord> {
  const base = await importTree({
    store,
    trees,
    input: Readable.from([busyboxTar()]),
    platform,
    config: { Cmd: ['/bin/sh'] },
    message: 'Imported from -',
    createdAt: '2026-01-01T00:00:00Z',
    references: ['docker.io/library/busybox:latest'],
  })
  const layer = await treeLayer(store, 'hello')
  const chain = [...base.chain, layer.id]
  const image = await store.images.put(
    {
      ...base.config,
      rootfs: { type: 'layers', diff_ids: await store.layers.diffIds(chain) },
      history: [...(base.config.history ?? []), { created: '2026-01-01T00:00:00Z', created_by: 'RUN hello' }],
    },
    chain,
  )
  await store.images.tag(image.id, NAME)
  return store.images.get(image.id)
}
