import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from '../../errors/index.ts'
import { type Descriptor, type Index, MediaType, parseIndex } from '../../image-spec/index.ts'
import { NamedFileRefused, readRegularFile } from '../../layer-store/index.ts'
import { ArchiveError } from '../errors.ts'
import { asWriteError, replacingFile, temporaryBeside } from '../files/destination.ts'
import { IMAGE_NAME, REF_NAME } from './layout-names.ts'

/** SECURITY: as for registry responses. */
const MAX_INDEX_BYTES = 4 << 20

/** The index of an existing layout. A directory that contains anything else is refused. */
export function readLayoutIndex(directory: string): Index | undefined {
  let bytes: Buffer
  try {
    bytes = readRegularFile(join(directory, 'index.json'), { maxBytes: MAX_INDEX_BYTES })
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined
    throw error instanceof NamedFileRefused ? noLayout(directory, error) : error
  }
  try {
    return parseIndex(bytes)
  } catch (cause) {
    throw noLayout(directory, cause)
  }
}

function noLayout(directory: string, cause: unknown): ArchiveError {
  const message = `Cannot write image layout "${directory}": its index.json is not an index of an image layout`
  return new ArchiveError('ARCHIVE_WRITE_FAILED', `${message} (expected an empty directory, or a layout)`, { cause })
}

/** An entry replaces those with the same name, or, without a name, those with the same manifest. */
export function addToLayoutIndex(directory: string, entries: readonly Descriptor[]): void {
  const names = new Set(entries.map(nameOf))
  changeLayoutIndex(directory, (older) => [...older.filter((entry) => !names.has(nameOf(entry))), ...entries])
}

/**
 * Replaces the index. Synchronous, from reading to renaming: others may extend the layout at the same time, and their
 * entries must not be lost.
 */
export function changeLayoutIndex(
  directory: string,
  change: (older: readonly Descriptor[]) => readonly Descriptor[],
): void {
  const path = join(directory, 'index.json')
  const temporary = temporaryBeside(path)
  try {
    const older = readLayoutIndex(directory)
    const index = {
      schemaVersion: 2,
      mediaType: MediaType.ociIndex,
      manifests: change(older?.manifests ?? []),
      ...(older?.annotations !== undefined && { annotations: older.annotations }),
    }
    writeFileSync(temporary, JSON.stringify(index), { flag: 'wx' })
    renameSync(temporary, path)
  } catch (error) {
    throw asWriteError(path, error)
  } finally {
    rmSync(temporary, { force: true })
  }
}

export async function writeLayoutDocument(path: string, text: string): Promise<void> {
  await replacingFile(path, (temporary) => writeFile(temporary, text, { flag: 'wx' }))
}

function nameOf(entry: Descriptor): string {
  return entry.annotations?.[IMAGE_NAME] ?? entry.annotations?.[REF_NAME] ?? entry.digest
}
