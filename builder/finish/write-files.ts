import { existsSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { formatPlatform, type Platform, present } from '../../image-spec/index.ts'
import { asWriteError } from '../../images/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import type { Native } from '../../sandbox-native/driver/index.ts'
import type { Output } from '../request/output.ts'
import type { OutputRequest, OutputTarget } from '../run/build-tools.ts'
import { exportLocal } from './to-local.ts'
import { exportTar, flattenTo, type TarPart } from './to-tar.ts'

type FilesOutput = Extract<Output, { type: 'tar' | 'local' }>

interface Parts {
  readonly store: LayerStore
  readonly native: Native
}

/** An output of the files of the images, without manifest. */
export async function writeFiles(
  { store, native }: Parts,
  request: OutputRequest & { readonly output: FilesOutput },
  signal: AbortSignal,
): Promise<undefined> {
  const { output, targets, epochSeconds, isMultiPlatform, warn } = request
  const { type, destination, source, platformSplit = isMultiPlatform } = output
  // SPEC: BuildKit exporter/tar puts several platforms into directories whatever platform-split is.
  const isSplit = type === 'tar' ? isMultiPlatform : platformSplit
  // SPEC: BuildKit dates exported files with the epoch even without rewrite-timestamp.
  const files = { store, trees: native.trees, ...present('mtimeSeconds', epochSeconds), ...present('subpath', source) }
  if (!isSplit && targets.length > 1) {
    const { refuseOverlaps } = await import('./refuse-overlaps.ts')
    const looked = targets.map(({ chain, platform }) => ({
      platform,
      writeTo: (path: string) => flattenTo(files, { chain, path }, signal),
    }))
    await refuseOverlaps(looked, () => store.blobs.temporaryPath(), signal)
  }
  const parts: TarPart[] = []
  for (const target of targets) {
    const directory = isSplit ? { directory: folderOf(target.platform) } : {}
    const named = isMultiPlatform && !platformSplit ? `.${folderOf(target.platform)}` : ''
    const nameOf = attestationName(output, named)
    parts.push({ chain: target.chain, ...directory, ...(await addedTo(target, { files, nameOf }, signal)) })
  }
  if (type === 'tar') await exportTar({ ...files, parts: inOrder(parts), destination: toStream(destination) }, signal)
  else {
    if (output.replacesDirectory) await emptyDirectory(destination)
    for (const part of parts) {
      for (const warning of await exportLocal({ ...files, ...part, destination }, signal)) warn(warning)
    }
  }
}

/** SPEC: BuildKit writes the directories of the platforms by name. */
function inOrder(parts: readonly TarPart[]): readonly TarPart[] {
  return parts.toSorted((one, other) => ((one.directory ?? '') < (other.directory ?? '') ? -1 : 1))
}

async function emptyDirectory(path: string): Promise<void> {
  try {
    const names = existsSync(path) ? await readdir(path) : []
    for (const name of names) await rm(join(path, name), { recursive: true })
  } catch (error) {
    throw asWriteError(path, error)
  }
}

interface Stating {
  readonly files: Parameters<typeof flattenTo>[0]
  readonly nameOf: (fileName: string) => string
}

async function addedTo(
  { chain, attestation }: OutputTarget,
  { files, nameOf }: Stating,
  signal: AbortSignal,
): Promise<Pick<TarPart, 'added'>> {
  const predicates = attestation?.predicates.filter(({ fileName }) => fileName !== undefined) ?? []
  if (predicates.length === 0) return {}
  const { attestationFiles } = await import('./attestation-files.ts')
  const temporary = files.store.blobs.temporaryPath()
  try {
    await flattenTo(files, { chain, path: temporary }, signal)
    const added = await attestationFiles(predicates, temporary, signal)
    return { added: added.map(({ name, text }) => ({ name: nameOf(name), text })) }
  } finally {
    await rm(temporary, { force: true })
  }
}

/** `provenance.linux_arm64.json`, where the files of several platforms are in one directory. */
function attestationName({ attestationPrefix = '' }: FilesOutput, named: string): (fileName: string) => string {
  return (fileName) => `${attestationPrefix}${fileName.replace(/(\.[^.]*)?$/, (extension) => `${named}${extension}`)}`
}

/** `linux_arm_v7`, as buildx names it. */
function folderOf(platform: Platform): string {
  return formatPlatform(platform).replaceAll('/', '_')
}

function toStream(destination: string) {
  return destination === '-' ? process.stdout : destination
}
