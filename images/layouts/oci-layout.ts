import { constants } from 'node:fs'
import { type FileHandle, open, realpath } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { codeOf } from '../../errors/index.ts'
import { type Descriptor, type Digest, ImageSpecError, isDigest, parseIndex } from '../../image-spec/index.ts'
import { describeFileError } from '../../layer-store/index.ts'
import { ArchiveError } from '../errors.ts'
import { imagesAmong } from './layout-entries.ts'
import { REF_NAME } from './layout-names.ts'

/** Prefix of an image layout's path in build contexts. */
export const LAYOUT_SCHEME = 'oci-layout://'

/** SECURITY: the same limits as for registry responses. */
const MAX_DOCUMENT_BYTES = 4 << 20
const MAX_INDEX_ENTRIES = 4096

/** Parses `oci-layout://PATH[:tag][@digest]`. */
export interface LayoutAddress {
  readonly path: string
  readonly tag?: string
  readonly digest?: Digest
}

export function parseLayoutAddress(text: string): LayoutAddress {
  const [named = '', digest] = splitOnce(text.slice(LAYOUT_SCHEME.length), '@')
  const [, path = named, tag] = /^(.+?):([\w][\w.-]{0,127})$/.exec(named) ?? []
  const bad = (found: string, needed: string) =>
    new ArchiveError('BUILD_CONTEXT_BAD', `Cannot use context "${text}": ${found} (expected ${needed})`)
  if (path === '') throw bad('the path is missing', `${LAYOUT_SCHEME}path[:tag][@digest]`)
  if (digest === undefined) return { path, ...(tag !== undefined && { tag }) }
  if (!isDigest(digest)) throw bad(`"${digest}" is not a digest`, '"sha256:" and 64 lower-case hex digits')
  return { path, digest, ...(tag !== undefined && { tag }) }
}

function splitOnce(text: string, separator: string): readonly [string, string?] {
  const at = text.lastIndexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}

/** The context pinned to its current digest: `oci-layout:///absolute/path@sha256:…`. */
export async function pinLayout(text: string): Promise<string> {
  const address = parseLayoutAddress(text)
  const root = await layoutRoot(address.path)
  const digest = address.digest ?? (await entryOf(root, address, text)).digest
  return `${LAYOUT_SCHEME}${root}@${digest}`
}

async function layoutRoot(path: string): Promise<string> {
  try {
    return await realpath(resolve(path))
  } catch (cause) {
    throw new ArchiveError(
      'BUILD_CONTEXT_MISSING',
      `Cannot use image layout "${path}": ${describeFileError(cause)} (expected a directory)`,
    )
  }
}

/** SPEC: as in buildx: the entry of that tag, else the only one. */
async function entryOf(root: string, { path, tag }: LayoutAddress, text: string): Promise<Descriptor> {
  const manifests = await indexEntries(root, path)
  const named = manifests.find((entry) => entry.annotations?.[REF_NAME] === (tag ?? 'latest'))
  if (named !== undefined) return named
  const images = imagesAmong(manifests)
  const [only] = images
  const isOther = tag !== undefined && only?.annotations?.[REF_NAME] !== undefined
  if (only !== undefined && images.length === 1 && !isOther) return only
  const tags = images.flatMap((entry) => entry.annotations?.[REF_NAME] ?? [])
  const found = tag === undefined ? `${images.length} images, none of the tag "latest"` : `no image of that tag`
  throw new ArchiveError(
    'BUILD_CONTEXT_BAD',
    `Cannot use context "${text}": ${found} (expected a tag or a digest of one image)`,
    {
      ...(tags.length > 0 && {
        hint: `Its tags are ${tags
          .slice(0, 10)
          .map((one) => JSON.stringify(one))
          .join(', ')}`,
      }),
    },
  )
}

async function indexEntries(root: string, path: string): Promise<readonly Descriptor[]> {
  const bytes = await readLayoutFile(root, 'index.json', MAX_DOCUMENT_BYTES)
  try {
    const { manifests } = parseIndex(bytes)
    if (manifests.length <= MAX_INDEX_ENTRIES) return manifests
    throw badLayout(path, `the index has ${manifests.length} entries`, `at most ${MAX_INDEX_ENTRIES}`)
  } catch (cause) {
    if (!(cause instanceof ImageSpecError)) throw cause
    throw new ArchiveError('BUILD_CONTEXT_BAD', `Cannot use image layout "${path}": ${cause.message}`, { cause })
  }
}

/** Reads a small file of a layout as a whole. */
export async function readLayoutFile(root: string, name: string, maxBytes: number): Promise<Buffer> {
  const file = await openLayoutFile(root, name)
  try {
    const { size } = await file.stat()
    if (size > maxBytes) throw badLayout(root, `"${name}" has ${size} bytes`, `at most ${maxBytes}`)
    return await file.readFile()
  } finally {
    await file.close()
  }
}

/**
 * SECURITY: files are read only within the layout: no link exposes a file of the host, and no pipe blocks the build.
 */
export async function openLayoutFile(root: string, name: string): Promise<FileHandle> {
  const path = await realpath(join(root, name)).catch((cause: unknown) => {
    throw missing(root, name, cause)
  })
  if (!path.startsWith(`${root}/`))
    throw badLayout(root, `"${name}" is a link to a place outside of it`, 'a file of the layout')
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  if ((await file.stat()).isFile()) return file
  await file.close()
  throw badLayout(root, `"${name}" is not a regular file`, 'a file of the layout')
}

function missing(root: string, name: string, cause: unknown): unknown {
  const code = codeOf(cause)
  if (code !== 'ENOENT' && code !== 'ENOTDIR') return cause
  const message = `Cannot use image layout "${root}": it has no "${name}" (expected a directory with index.json and blobs)`
  const hint =
    name === 'index.json'
      ? 'Unpack the archive of a layout, or load it into the store with: tsbuild load -i file'
      : 'Copy the layout again: it is incomplete'
  return new ArchiveError('BUILD_CONTEXT_BAD', message, { hint })
}

function badLayout(path: string, found: string, needed: string): ArchiveError {
  return new ArchiveError('BUILD_CONTEXT_BAD', `Cannot use image layout "${path}": ${found} (expected ${needed})`)
}
