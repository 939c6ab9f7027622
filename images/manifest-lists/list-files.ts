import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import {
  asList,
  asText,
  digestOf,
  field,
  fullName,
  hexOf,
  type ImageReference,
  ImageSpecError,
  parseDescriptor,
  parseReference,
  parseUntrustedJson,
} from '../../image-spec/index.ts'
import { ArchiveError } from '../errors.ts'
import { replacingFile } from '../files/destination.ts'
import type { ManifestList } from './manifest-list.ts'

/** Manifest lists until they are removed: one file each, in a directory of the store. */
export interface ManifestLists {
  find(name: ImageReference): Promise<ManifestList | undefined>
  save(list: ManifestList): Promise<void>
  /** True if it existed. */
  remove(name: ImageReference): Promise<boolean>
}

export function manifestLists(root: string): ManifestLists {
  const folder = join(root, 'manifest-lists')
  const pathOf = (name: ImageReference): string => join(folder, `${hexOf(digestOf(fullName(name)))}.json`)
  return {
    find: async (name) => {
      const text = await readFile(pathOf(name), 'utf8').catch(ifMissing)
      return text === undefined ? undefined : parseList(text, name)
    },
    save: async (list) => {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await replacingFile(pathOf(list.name), (temporary) =>
        writeFile(temporary, printList(list), { flag: 'wx', mode: 0o600 }),
      )
    },
    remove: async (name) => {
      const removed = await rm(pathOf(name)).then(() => true, ifMissing)
      return removed === true
    },
  }
}

function ifMissing(error: unknown): undefined {
  if (hasCode(error, 'ENOENT')) return undefined
  throw error
}

function printList({ name, entries }: ManifestList): string {
  const written = entries.map(({ reference, descriptor, bytes }) => ({
    reference: fullName(reference),
    descriptor,
    manifest: Buffer.from(bytes).toString('base64'),
  }))
  return JSON.stringify({ name: fullName(name), entries: written })
}

function parseList(text: string, name: ImageReference): ManifestList {
  try {
    const document = { value: parseUntrustedJson(text), at: 'manifest list' }
    const entries = asList(field(document, 'entries'), (entry) => ({
      reference: parseReference(asText(field(entry, 'reference'))),
      descriptor: parseDescriptor(field(entry, 'descriptor')),
      bytes: Buffer.from(asText(field(entry, 'manifest')), 'base64'),
    }))
    return { name, entries }
  } catch (cause) {
    if (!(cause instanceof SyntaxError) && !(cause instanceof ImageSpecError)) throw cause
    throw new ArchiveError(
      'ARCHIVE_BAD',
      `Cannot read manifest list "${fullName(name)}": its file in the store is damaged`,
      {
        cause,
        hint: `Remove it with tsbuild manifest rm ${fullName(name)}, then create it again`,
      },
    )
  }
}
