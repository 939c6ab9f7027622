import { readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Digest } from '../../image-spec/index.ts'
import { asDigest, asList, asText, field, optional, present } from '../../image-spec/index.ts'
import { isMissing, withFileErrorsSync } from '../files/file-errors.ts'
import { flushPaths, publishFlushedRecord, publishRecord, readRecord } from '../files/publish.ts'
import { referencePath } from '../files/store-paths.ts'

/** A name of an image: `repository:tag`, or a manifest's `repository@digest`. One small file each. */
export interface StoredReference {
  readonly reference: string
  readonly id: Digest
  /** Images for other platforms under the same name. */
  readonly others?: readonly Digest[]
}

export function isDigestReference(reference: string): boolean {
  return reference.includes('@')
}

/** Durable when it resolves; retagging the same image writes nothing. True if it wrote something. */
export async function writeReference(root: string, reference: string, ids: readonly Digest[]): Promise<boolean> {
  const old = readReference(root, reference)
  if (old.join() === ids.join()) return false
  const [id, ...others] = ids
  if (id === undefined) throw new Error('a name needs an image')
  const path = referencePath(root, reference)
  const record: StoredReference = { reference, id, ...(others.length > 0 && { others }) }
  const publish = old.length > 0 ? publishFlushedRecord : publishRecord
  publish(root, path, record)
  await flushPaths([path, dirname(path)])
  return true
}

/** Several for a multi-platform image, empty if the name does not exist. */
export function readReference(root: string, reference: string): readonly Digest[] {
  const found = parseReference(referencePath(root, reference))
  return found?.reference === reference ? idsOf(found) : []
}

function idsOf({ id, others = [] }: StoredReference): readonly Digest[] {
  return [id, ...others]
}

/** True if it existed. */
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

/** All names by image ID, sorted. */
export function readAllReferences(root: string): ReadonlyMap<Digest, readonly string[]> {
  const byImage = new Map<Digest, string[]>()
  const folder = join(root, 'tags')
  for (const name of readdirSync(folder).sort()) {
    const found = parseUnchanged(join(folder, name))
    if (found === undefined) continue
    for (const id of idsOf(found)) {
      const names = byImage.get(id)
      if (names === undefined) byImage.set(id, [found.reference])
      else names.push(found.reference)
    }
  }
  return byImage
}

const MAX_KNOWN = 20_000
const known = new Map<string, { readonly version: string; readonly found: StoredReference | undefined }>()

/** Name files are replaced, never modified: a command that removes many images parses each once. */
function parseUnchanged(path: string): StoredReference | undefined {
  const file = statSync(path, { bigint: true, throwIfNoEntry: false })
  const version = `${file?.ino} ${file?.ctimeNs}`
  const before = known.get(path)
  if (before?.version === version) return before.found
  const found = parseReference(path)
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(path, { version, found })
  return found
}

function parseReference(path: string): StoredReference | undefined {
  return optional({ value: readRecord(path), at: 'tag' }, (found) => ({
    reference: asText(field(found, 'reference')),
    id: asDigest(field(found, 'id')),
    ...present(
      'others',
      optional(field(found, 'others'), (others) => asList(others, asDigest)),
    ),
  }))
}
