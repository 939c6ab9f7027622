import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Digest } from '../digest.ts'
import { asText, field, optional } from '../documents/json-shape.ts'
import { asDigest } from '../documents/parse-manifest.ts'
import { isMissing, withFileErrorsSync } from '../files/file-errors.ts'
import { makeDurable, publishRecord, readRecord } from '../files/publish.ts'
import { referencePath } from '../files/store-paths.ts'

/** A name of an image: `repository:tag`, or `repository@digest` of a manifest. One small file each. */
export interface StoredReference {
  readonly reference: string
  readonly id: Digest
}

export function isDigestReference(reference: string): boolean {
  return reference.includes('@')
}

/** Durable when it resolves; rebuilding the same image writes nothing. Tells whether it wrote something. */
export async function writeReference(root: string, reference: string, id: Digest): Promise<boolean> {
  if (readReference(root, reference) === id) return false
  const path = referencePath(root, reference)
  publishRecord(root, path, { reference, id } satisfies StoredReference, { isFlushed: true })
  await makeDurable([dirname(path)])
  return true
}

export function readReference(root: string, reference: string): Digest | undefined {
  const found = parseReference(referencePath(root, reference))
  return found?.reference === reference ? found.id : undefined
}

/** True if it was there. */
export function removeReference(root: string, reference: string): boolean {
  return withFileErrorsSync(`remove tag "${reference}"`, () => {
    try {
      rmSync(referencePath(root, reference))
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  })
}

/** All names by image id, sorted. */
export function readAllReferences(root: string): ReadonlyMap<Digest, readonly string[]> {
  const byImage = new Map<Digest, string[]>()
  const folder = join(root, 'tags')
  for (const name of readdirSync(folder).sort()) {
    const found = parseReference(join(folder, name))
    if (found === undefined) continue
    const names = byImage.get(found.id)
    if (names === undefined) byImage.set(found.id, [found.reference])
    else names.push(found.reference)
  }
  return byImage
}

function parseReference(path: string): StoredReference | undefined {
  return optional({ value: readRecord(path), at: 'tag' }, (found) => ({
    reference: asText(field(found, 'reference')),
    id: asDigest(field(found, 'id')),
  }))
}
