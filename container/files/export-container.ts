import { createReadStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { LayerForm } from '../../layer-store/index.ts'
import type { ContainerContext } from '../contract/context.ts'
import { filesOf, isCopied } from '../state/container-files.ts'
import { emitEvent } from '../state/emit-event.ts'
import type { StoredContainer } from '../state/stored-container.ts'

/** Writes the whole filesystem as one tar; of what is mounted, only the mount points. */
export async function exportContainer(
  context: ContainerContext,
  stored: StoredContainer,
  { output, signal }: { readonly output: Writable; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const files = filesOf(context.root, stored.id)
  const own = (isCopied(files) ? [files.upper] : [files.upper, files.initLayer]).map(
    (path): LayerForm => ({ kind: 'tree', path }),
  )
  const layers = isCopied(files) ? own : [...own, ...(await context.store.layers.forms(stored.chain))]
  const path = context.store.blobs.temporaryPath()
  try {
    await context.native.trees.flatten({ layers, output: { kind: 'tar', path }, live: true }, signal)
    await pipeline(createReadStream(path), output, { ...(signal && { signal }) })
  } finally {
    // Whatever failed before is more important; the file is in the store's directory of temporary files.
    await context.native.trees.remove({ paths: [path] }).catch(() => {})
  }
  emitEvent(context, stored, { action: 'export' })
}
