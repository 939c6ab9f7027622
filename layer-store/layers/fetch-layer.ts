import { existsSync } from 'node:fs'
import { hasCode } from '../../errors/index.ts'
import { StoreError } from '../errors.ts'
import { blobPath } from '../files/store-paths.ts'
import type { LayerId, RemoteForm } from '../layers.ts'
import { layerFile, readCompressed, readDiff, writeCompressed } from './layer-files.ts'
import { forgetRemoteForms, hasRemoteForms, readRemoteForms } from './remote-forms.ts'

/** Fetches a form passed to `addRemote` into the blob store. */
export type FetchBlob = (form: RemoteForm, signal: AbortSignal | undefined) => Promise<void>

interface FetchParts {
  readonly root: string
  /** Absent if nothing can be fetched. */
  readonly fetchBlob?: FetchBlob | undefined
}

/** Some form of the layer is in the store. */
export function isHere(root: string, id: LayerId): boolean {
  if (existsSync(layerFile.tree(root, id)) || existsSync(layerFile.tar(root, id))) return true
  return readCompressed(root, id).some(({ descriptor }) => existsSync(blobPath(root, descriptor.digest)))
}

/** It is or was in a remote place, or is a name only. */
export function wasRemote(root: string, id: LayerId): boolean {
  return hasRemoteForms(root, id) || !isHere(root, id)
}

/** Some form is in the store, or can be fetched. */
export function isReadable(root: string, id: LayerId): boolean {
  return isHere(root, id) || hasRemoteForms(root, id)
}

/** Fetches the layer's blob from the first place that has it. Unpacking and packing verify it against the diff ID. */
export async function fetchLayer(parts: FetchParts, id: LayerId, signal: AbortSignal | undefined): Promise<void> {
  const { root, fetchBlob } = parts
  if (isHere(root, id)) return
  const forms = readRemoteForms(root, id)
  const failures: unknown[] = []
  for (const form of fetchBlob === undefined ? [] : forms) {
    const { descriptor } = form
    try {
      await fetchBlob?.(form, signal)
      writeCompressed(root, id, { descriptor, isVerified: descriptor.digest === readDiff(root, id)?.diffId })
      return
    } catch (error) {
      signal?.throwIfAborted()
      if (isOfThisMachine(error)) throw error
      failures.push(error)
    }
  }
  if (forms.length > 0) throw lostLayer(root, id, failures[0])
}

/** Removes the layer's remote locations; the error names the layer, so that a build can do without it. */
export function lostLayer(root: string, id: LayerId, cause: unknown): StoreError {
  forgetRemoteForms(root, id)
  const why = cause instanceof Error ? cause.message : 'none of its sources responds'
  return new StoreError('STORE_LAYER_UNREACHABLE', `Cannot fetch layer "${id}": ${why}`, {
    hint: 'Pull or build the image again',
    cause,
    layer: id,
  })
}

/** A full disk, or a machine without user namespaces, does not mean that the layer is lost. */
export function isOfThisMachine(error: unknown): boolean {
  if (error instanceof StoreError) return ['STORE_FULL', 'STORE_READ_ONLY', 'STORE_DENIED'].includes(error.code)
  return hasCode(error, 'SANDBOX_USER_NAMESPACE')
}
