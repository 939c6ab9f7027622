import { lstatSync, readdirSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import { codeOf, hasCode } from '../../errors/index.ts'
import { describeFileError, NamedFileRefused, readNamedFile } from '../../layer-store/index.ts'
import type { BuildRequest } from '../request/builder.ts'
import { BuildError } from '../request/errors.ts'
import type { OpenedContext } from './opened-context.ts'

export interface DockerfileText {
  /** Name in error messages. */
  readonly name: string
  readonly text: string
  /** Absent if the text was not read from a file. */
  readonly path?: string
}

/** SECURITY: as in BuildKit; larger than any real Dockerfile, small enough not to exhaust memory. */
const MAX_BYTES = 16 << 20

const DEFAULT_NAMES = ['Dockerfile', 'dockerfile', 'Containerfile']

export interface DockerfileRules {
  readonly requested: BuildRequest['dockerfile']
  /** Resolve the path within the context, even if it is absolute. */
  readonly isConfined?: boolean | undefined
  readonly signal?: AbortSignal
}

export async function readDockerfile(
  { requested, isConfined = false, signal }: DockerfileRules,
  context: OpenedContext,
): Promise<DockerfileText> {
  if (requested && 'text' in requested) return { name: requested.name, text: requested.text }
  const only = context.dockerfile ?? requested?.path
  const names = only === undefined ? DEFAULT_NAMES : namesFor(only)
  for (const name of names) {
    // Fetched contexts and archives contain their own Dockerfile; no path may lead to a file of this machine.
    const isFree = isAbsolute(name) && context.hasIgnoreFile && !isConfined
    const path = isFree ? name : withinRoot(context.root, name)
    const text = isFree ? await readText(path, { signal }) : await readOf(context, path)
    if (text !== undefined) return { name, text, path }
  }
  throw await dockerfileMissing(requested?.path, context)
}

/** SPEC: as in BuildKit, a named "Dockerfile" may be in lower case in its directory. */
function namesFor(path: string): readonly string[] {
  return basename(path) === 'Dockerfile' ? [path, join(dirname(path), 'dockerfile')] : [path]
}

/** An absolute path inside the context is kept; any other path is resolved from the context's root. */
function withinRoot(root: string, name: string): string {
  return isAbsolute(name) && isWithin(root, name) ? name : join(root, name)
}

async function dockerfileMissing(requested: string | undefined, context: OpenedContext): Promise<BuildError> {
  const name = requested ?? 'Dockerfile'
  // The temporary path of an archive or a repository means nothing to users.
  const where = context.hasIgnoreFile ? `in ${context.root}` : 'in the build context'
  const found = isAbsolute(name) ? 'not found' : `not found ${where}`
  const near = context.hasIgnoreFile ? await nearFile(resolve(context.root, name), context.root) : undefined
  const otherwise =
    requested === undefined || !context.hasIgnoreFile
      ? 'Specify it with -f, or its directory as the last argument'
      : 'Check the path: -f is relative to the directory you are in, not to the build context'
  return new BuildError('BUILD_DOCKERFILE_MISSING', `Cannot read "${name}": ${found} (expected a Dockerfile)`, {
    hint: near === undefined ? otherwise : `Did you mean -f ${near}?`,
  })
}

/** A file with the same or a similar name in the searched directory or in the context. */
async function nearFile(path: string, root: string): Promise<string | undefined> {
  const { suggest } = await import('../../notation/index.ts')
  for (const directory of [dirname(path), root]) {
    const names = ifThere(() => readdirSync(directory)) ?? []
    const name = names.includes(basename(path)) ? basename(path) : suggest(basename(path), names)
    if (name !== undefined) return join(directory, name)
  }
  return undefined
}

/** Normalized patterns of `<Dockerfile>.dockerignore`, else of the context's `.dockerignore`. */
export async function readIgnorePatterns(
  dockerfile: Pick<DockerfileText, 'path'>,
  context: OpenedContext,
): Promise<readonly string[]> {
  if (!context.hasIgnoreFile) return []
  const paths = [...(dockerfile.path ? [`${dockerfile.path}.dockerignore`] : []), join(context.root, '.dockerignore')]
  for (const path of paths) {
    if (isDirectory(path)) continue // SPEC: BuildKit ignores a directory with that name.
    const rules = isWithin(context.root, path) ? { beneath: context.root } : {}
    const text = await readText(path, rules)
    if (text !== undefined) return readPatterns({ name: relative(context.root, path), text })
  }
  return []
}

/** Synchronous: an asynchronous call would start node's thread pool in every build. */
function isDirectory(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  } catch {
    return false // reading it reports the error
  }
}

/** SPEC: as in BuildKit, a single invalid pattern fails the build. */
async function readPatterns(source: { readonly name: string; readonly text: string }): Promise<readonly string[]> {
  // loaded on demand to keep start-up fast
  const { checkIgnoreFile, parseIgnoreFile } = await import('../../parser/index.ts')
  const [wrong] = checkIgnoreFile(source.text)
  if (wrong === undefined) return parseIgnoreFile(source.text)
  throw new BuildError('BUILD_CONTEXT_BAD', wrong.message, { range: wrong.range, source })
}

/** Reads a file of the context; one from an archive may belong to another user and is then read from a copy. */
async function readOf({ root, copyReadable }: OpenedContext, path: string): Promise<string | undefined> {
  return await readText(path, {
    beneath: root,
    ...(copyReadable !== undefined && {
      copyReadable: () =>
        copyReadable(relative(root, path)).catch((cause: unknown) => {
          if (codeOf(cause) === 'TREE_MISSING') return undefined
          throw cause
        }),
    }),
  })
}

function isWithin(root: string, path: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)
}

interface Reading {
  /**
   * SECURITY: a file in a context may be a link to a file of the host, whose lines an error would print
   * (test/attack/contexts/dockerfile-link.test.ts).
   */
  readonly beneath?: string
  readonly signal?: AbortSignal | undefined
  /** The path of a copy that can be read, if the file exists. */
  readonly copyReadable?: () => Promise<string | undefined>
}

/** Undefined if the file does not exist. */
async function readText(path: string, { beneath, signal, copyReadable }: Reading): Promise<string | undefined> {
  const rules = { maxBytes: MAX_BYTES, signal, ...(beneath !== undefined && { beneath }) }
  try {
    return (await readNamedFile(path, rules)).toString('utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined
    if (copyReadable === undefined || !hasCode(error, 'EACCES')) throw cannotRead(error, path, beneath)
    const copy = await copyReadable()
    return copy === undefined ? undefined : readText(copy, { beneath: dirname(copy) })
  }
}

function cannotRead(error: unknown, path: string, beneath: string | undefined): unknown {
  if (!(error instanceof NamedFileRefused || hasSyscall(error))) return error
  const shown = beneath === undefined ? path : relative(beneath, path)
  const why = error instanceof NamedFileRefused ? error.why : undefined
  const found = why === 'outside' ? 'it is outside of the build context' : describeFileError(error)
  const message = `Cannot read "${shown}": ${found} (expected ${beneath === undefined ? 'a file' : 'a file of the build context'})`
  // The text of a failed system call would only repeat the reason.
  if (why !== 'directory') return new BuildError('BUILD_REFUSED', message, why === undefined ? {} : { cause: error })
  const hint = 'Specify the Dockerfile with -f'
  return new BuildError('BUILD_DOCKERFILE_MISSING', message, { hint, cause: error })
}

function hasSyscall(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(String(codeOf(error)))) return undefined
    throw error
  }
}
