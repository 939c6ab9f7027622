import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type Digest, hexOf } from '../../image-spec/index.ts'
import type { LayerId } from '../layers.ts'

/** Paths below the store's root. All functions take the root, so that no relative path reaches the disk. */
export const FOLDERS = ['blobs/sha256', 'layers', 'images', 'tags', 'by-diff-id', 'cache/decisions', 'tmp'] as const

export function blobPath(root: string, digest: Digest): string {
  return join(root, 'blobs', 'sha256', hexOf(digest))
}

export function layerFolder(root: string, id: LayerId): string {
  return join(root, 'layers', id)
}

export function imagePath(root: string, id: Digest): string {
  return join(root, 'images', `${hexOf(id)}.json`)
}

export function diffIdPath(root: string, diffId: Digest): string {
  return join(root, 'by-diff-id', hexOf(diffId))
}

export function referencePath(root: string, reference: string): string {
  const escaped = encodeURIComponent(reference)
  // File names are limited to 255 bytes; references may be longer.
  const name = escaped.length <= 200 ? escaped : `${escaped.slice(0, 120)}~${sha256Hex(reference)}`
  return join(root, 'tags', name)
}

export function cachePath(root: string, key: string): string {
  const hex = sha256Hex(key)
  return join(root, 'cache', hex.slice(0, 2), `${hex}.json`)
}

export function buildRecordPath(root: string, stepName: string): string {
  return join(root, 'cache', 'decisions', `${sha256Hex(stepName)}.json`)
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
