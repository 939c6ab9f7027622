import { createHash, type Hash } from 'node:crypto'
import { createWriteStream, existsSync, mkdirSync, realpathSync, statSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { hasCode, messageOf } from '../../errors/index.ts'
import { asStoreError, describeFileError, type LayerStore } from '../../layer-store/index.ts'
import type { FileSource } from '../../sandbox-native/driver/index.ts'
import type { ContextSource } from '../request/builder.ts'
import { BuildError } from '../request/errors.ts'
import { downloadMaterial, gitMaterial } from '../request/material.ts'
import { checkOutGit } from './git-checkout.ts'
import { gitContext } from './git-url.ts'
import type { ContextTools, OpenedContext } from './opened-context.ts'
import { looksLikeArchive, peek } from './peek.ts'
import { httpAuthorization } from './remote-authorization.ts'
import { storePattern } from './store-pattern.ts'

const MAX_DOCKERFILE_BYTES = 16 << 20

export async function openContext(
  context: ContextSource,
  tools: ContextTools,
  signal: AbortSignal,
): Promise<OpenedContext> {
  switch (context.kind) {
    case 'directory':
      return { root: directoryRoot(context.path), hasIgnoreFile: true, close: async () => {} }
    case 'archive':
      return unpacked(context.stream, tools, signal)
    case 'git': {
      const { keepGitDirectory = false, gitTimes } = tools
      const defaults = gitTimes ? { times: gitTimes } : {}
      const named = gitContext(context.url)
      const source = { ...defaults, ...named, keepGitDirectory: keepGitDirectory || named.keepGitDirectory === true }
      const checkout = await checkOutGit(source, tools, signal)
      const { subdirectory } = source
      const fetched = gitMaterial(source.url, source.reference, checkout.commit)
      const origin = { ...fetched, ...(subdirectory !== '' && { subdirectory }) }
      const madeAt = async () => checkout.committedAtSeconds
      return { root: checkout.root, hasIgnoreFile: false, origin, madeAt, close: checkout.close }
    }
    case 'http':
      return downloaded(context.url, tools, signal)
    case 'empty':
      return empty(tools)
  }
}

/** The source for the native binary. The caller's directories have a stat cache in the store; others are read once. */
export function sourceOf(
  { root, isArchive, hasIgnoreFile }: Pick<OpenedContext, 'root' | 'isArchive' | 'hasIgnoreFile'>,
  ignore: readonly string[],
  store: LayerStore,
): FileSource {
  // SPEC: as in BuildKit, COPY keeps the owners recorded in an archive.
  if (isArchive) return { kind: 'layers', layers: [{ kind: 'tree', path: root }] }
  if (!hasIgnoreFile) return { kind: 'directory', root, ignore }
  const directory = join(store.root, 'stat-cache')
  makeStatCache(directory)
  const name = createHash('sha256').update(root).digest('hex').slice(0, 32)
  const patterns = [...ignore, ...storePattern(root, store.root)]
  return { kind: 'directory', root, ignore: patterns, statCache: join(directory, name) }
}

function makeStatCache(directory: string): void {
  try {
    mkdirSync(directory, { mode: 0o700 })
  } catch (error) {
    if (!existsSync(directory)) throw asStoreError(`create "${directory}"`, error)
  }
}

function directoryRoot(path: string): string {
  const root = realDirectory(path)
  if (statSync(root).isDirectory()) return root
  throw new BuildError('BUILD_CONTEXT_MISSING', `Cannot use context "${path}": not a directory`, {
    hint: 'Use the directory that contains the files, and specify the Dockerfile with -f',
  })
}

function realDirectory(path: string): string {
  try {
    return realpathSync.native(path)
  } catch (cause) {
    throw new BuildError(
      'BUILD_CONTEXT_MISSING',
      `Cannot use context "${path}": ${describeFileError(cause)} (expected a directory)`,
    )
  }
}

/** Unpacks by the rules of ADD: the archive may be compressed and cannot write outside the directory. */
export async function unpacked(
  stream: AsyncIterable<Uint8Array>,
  { store, native }: ContextTools,
  signal: AbortSignal,
): Promise<OpenedContext> {
  const draft = await store.layers.draft()
  const close = () => store.layers.abandon(draft)
  try {
    const arrived = join(draft.directory, 'arrived')
    await mkdir(arrived)
    const name = basename(draft.directory)
    await pipeline(stream, createWriteStream(join(arrived, name)), { signal })
    const root = join(draft.directory, 'files')
    const source = { kind: 'directory', root: arrived, ignore: [] } as const
    const selection = { paths: [name], unpackArchives: true }
    const actions = [{ kind: 'copy', source, selection, to: '/' }] as const
    await native.trees.writeLayer({ base: [], actions, tar: draft.tar, index: draft.index, wantDiffId: false }, signal)
    await native.trees.unpackLayer({ blob: draft.tar, tree: root, base: [], literalNames: true }, signal)
    // SPEC: as in BuildKit, ADD copies what is not an archive.
    if (existsSync(join(root, name))) throw notAnArchive()
    const copyReadable = async (path: string): Promise<string> => {
      const directory = join(draft.directory, 'readable')
      await mkdir(directory, { recursive: true })
      const output = { kind: 'directory', path: directory } as const
      await native.trees.flatten({ layers: [{ kind: 'tree', path: root }], output, subpath: path }, signal)
      return join(directory, basename(path))
    }
    const madeAt = async () => {
      const { newestFileTime } = await import('./newest-file-time.ts')
      return newestFileTime(draft.tar, signal)
    }
    return { root, hasIgnoreFile: false, isArchive: true, copyReadable, madeAt, close }
  } catch (error) {
    await close()
    throw error
  }
}

function notAnArchive(): BuildError {
  const message =
    'Cannot use the build context: not a tar archive, or a damaged one (expected a tar, optionally compressed)'
  return new BuildError('BUILD_CONTEXT_BAD', message)
}

/** A context archive or a single Dockerfile, distinguished by the first bytes as in docker. */
async function downloaded(url: string, tools: ContextTools, signal: AbortSignal): Promise<OpenedContext> {
  const headers = await httpAuthorization(url, tools)
  const { body, lastModifiedSeconds } = await tools.download({ url, headers, signal }).catch((cause: unknown) => {
    if (!hasCode(cause, 'REGISTRY_NOT_FOUND')) throw cause
    throw new BuildError('BUILD_CONTEXT_MISSING', `Cannot use the build context: ${messageOf(cause)}`, { cause })
  })
  const hash = createHash('sha256')
  const { head, whole } = await peek(hashed(body, hash), 512)
  const withOrigin = (opened: OpenedContext): OpenedContext => ({
    ...opened,
    origin: downloadMaterial(url, hash.digest('hex')),
    ...(lastModifiedSeconds !== undefined && { madeAt: async () => lastModifiedSeconds }),
  })
  if (looksLikeArchive(head)) return withOrigin(await unpacked(whole, tools, signal))
  const context = await empty(tools)
  try {
    await pipeline(whole, limited, createWriteStream(join(context.root, 'Dockerfile'), { flags: 'wx' }), { signal })
    return withOrigin({ ...context, dockerfile: 'Dockerfile' })
  } catch (error) {
    await context.close()
    throw error
  }
}

async function* hashed(chunks: AsyncIterable<Uint8Array>, hash: Hash) {
  for await (const chunk of chunks) {
    hash.update(chunk)
    yield chunk
  }
}

/** SECURITY: a host may send an endless Dockerfile. */
async function* limited(chunks: AsyncIterable<Uint8Array>) {
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > MAX_DOCKERFILE_BYTES) {
      const message = `Cannot use the build context: neither an archive nor a Dockerfile (at most ${MAX_DOCKERFILE_BYTES} bytes)`
      throw new BuildError('BUILD_CONTEXT_BAD', message)
    }
    yield chunk
  }
}

async function empty({ store }: ContextTools): Promise<OpenedContext> {
  const draft = await store.layers.draft()
  return { root: draft.tree, hasIgnoreFile: false, close: () => store.layers.abandon(draft) }
}
