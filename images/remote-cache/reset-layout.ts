import { readdir, realpath, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { type Descriptor, type Digest, hexOf, parseIndex } from '../../image-spec/index.ts'
import { readLayoutFile } from '../layouts/oci-layout.ts'
import type { CacheDocument } from './read-cache-document.ts'

const MAX_INDEX_BYTES = 4 << 20

/** Removes the blobs that nothing in the layout's index leads to. SPEC: BuildKit: `reset` of a local cache. */
export async function resetLayout(
  directory: string,
  readManifest: (digest: Digest) => Promise<CacheDocument>,
): Promise<void> {
  const root = await realpath(directory)
  const { manifests } = parseIndex(await readLayoutFile(root, 'index.json', MAX_INDEX_BYTES))
  const used = new Set<string>()
  const visit = async ({ digest }: Descriptor): Promise<void> => {
    if (used.has(hexOf(digest))) return
    used.add(hexOf(digest))
    const document = await readManifest(digest) // one that cannot be read leaves all blobs in place
    if (document.kind === 'index') for (const one of document.index.manifests) await visit(one)
    else for (const blob of [document.manifest.config, ...document.manifest.layers]) used.add(hexOf(blob.digest))
  }
  for (const entry of manifests) await visit(entry)
  const blobs = join(root, 'blobs', 'sha256')
  for (const name of await readdir(blobs))
    if (/^[0-9a-f]{64}$/.test(name) && !used.has(name)) await unlink(join(blobs, name))
}
