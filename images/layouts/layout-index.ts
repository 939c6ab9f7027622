import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Descriptor, type Index, MediaType, parseIndex } from '../../image-spec/index.ts'
import { hasCode } from '../../layer-store/index.ts'
import { ArchiveError } from '../errors.ts'
import { replacingFile } from '../files/destination.ts'
import { IMAGE_NAME, REF_NAME } from './layout-names.ts'

/** The index of an existing layout. A directory that contains anything else is refused. */
export async function readLayoutIndex(directory: string): Promise<Index | undefined> {
  const path = join(directory, 'index.json')
  let bytes: Buffer
  try {
    bytes = await readFile(path)
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error
  }
  try {
    return parseIndex(bytes)
  } catch (cause) {
    const message = `Cannot write image layout "${directory}": its index.json is not an index of an image layout`
    throw new ArchiveError('ARCHIVE_WRITE_FAILED', `${message} (expected an empty directory, or a layout)`, { cause })
  }
}

/** An entry replaces those with the same name, or, without a name, those with the same manifest. */
export async function writeLayoutIndex(
  directory: string,
  older: Index | undefined,
  entries: readonly Descriptor[],
): Promise<void> {
  const names = new Set(entries.map(nameOf))
  const others = (older?.manifests ?? []).filter((entry) => !names.has(nameOf(entry)))
  const index = {
    schemaVersion: 2,
    mediaType: MediaType.ociIndex,
    manifests: [...others, ...entries],
    ...(older?.annotations !== undefined && { annotations: older.annotations }),
  }
  await writeLayoutDocument(join(directory, 'index.json'), JSON.stringify(index))
}

export async function writeLayoutDocument(path: string, text: string): Promise<void> {
  await replacingFile(path, (temporary) => writeFile(temporary, text, { flag: 'wx' }))
}

function nameOf(entry: Descriptor): string {
  return entry.annotations?.[IMAGE_NAME] ?? entry.annotations?.[REF_NAME] ?? entry.digest
}
