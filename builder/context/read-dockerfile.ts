import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path'
import type { BuildRequest } from '../request/builder.ts'
import { BuildError } from '../request/errors.ts'
import type { OpenedContext } from './open-context.ts'

export interface DockerfileText {
  /** As shown in errors. */
  readonly name: string
  readonly text: string
  /** Absent if the text did not come from a file. */
  readonly path?: string
}

/** SECURITY: more than any real Dockerfile, less than what would exhaust memory. */
const MAX_BYTES = 64 << 20

const DEFAULT_NAMES = ['Dockerfile', 'dockerfile', 'Containerfile']

export async function readDockerfile(
  wanted: BuildRequest['dockerfile'],
  context: OpenedContext,
): Promise<DockerfileText> {
  if (wanted && 'text' in wanted) return { name: wanted.name, text: wanted.text }
  const names = wanted ? [wanted.path] : DEFAULT_NAMES
  for (const name of names) {
    const path = isAbsolute(name) ? name : join(context.root, name)
    const text = isAbsolute(name) ? readText(path) : await readOf(context, name)
    if (text !== undefined) return { name, text, path }
  }
  throw await dockerfileMissing(wanted?.path, context)
}

async function dockerfileMissing(wanted: string | undefined, context: OpenedContext): Promise<BuildError> {
  const name = wanted ?? 'Dockerfile'
  // Where an archive or a repository was put for the build says nothing to anybody.
  const place = context.hasIgnoreFile ? `in ${context.root}` : 'in the build context'
  const found = isAbsolute(name) ? 'not found' : `not found ${place}`
  const near = context.hasIgnoreFile ? await nearFile(resolve(context.root, name), context.root) : undefined
  return new BuildError('BUILD_DOCKERFILE_MISSING', `Cannot read "${name}": ${found} (a Dockerfile)`, {
    hint: near
      ? `Did you mean -f ${near}?`
      : 'Give its path with -f, or the directory that holds it as the last argument',
  })
}

/** A file of the same or a close name where it was looked for, or in the context. */
async function nearFile(path: string, root: string): Promise<string | undefined> {
  const { suggest } = await import('../../notation/index.ts')
  for (const directory of [dirname(path), root]) {
    const name = suggest(basename(path), ifThere(() => readdirSync(directory)) ?? [])
    if (name !== undefined) return join(directory, name)
  }
  return undefined
}

/** Cleaned patterns of `<Dockerfile>.dockerignore`, else of the context's `.dockerignore`. */
export async function readIgnorePatterns(
  dockerfile: Pick<DockerfileText, 'path'>,
  context: OpenedContext,
): Promise<readonly string[]> {
  if (!context.hasIgnoreFile) return []
  const paths = [...(dockerfile.path ? [`${dockerfile.path}.dockerignore`] : []), join(context.root, '.dockerignore')]
  for (const path of paths) {
    const text = isWithin(context.root, path) ? readWithin(context.root, path) : readText(path)
    if (text !== undefined) return readPatterns({ name: relative(context.root, path), text })
  }
  return []
}

/** SPEC: as in BuildKit, one wrong pattern is enough to refuse the context. */
async function readPatterns(source: { readonly name: string; readonly text: string }): Promise<readonly string[]> {
  const { checkIgnoreFile, parseIgnoreFile } = await import('../../parser/index.ts') // costs start-up time
  const [wrong] = checkIgnoreFile(source.text)
  if (wrong === undefined) return parseIgnoreFile(source.text)
  throw new BuildError('BUILD_CONTEXT_BAD', wrong.message, { range: wrong.range, source })
}

/** A file of the context; one of an archive that belongs to somebody else is lent. */
async function readOf({ root, lend }: OpenedContext, name: string): Promise<string | undefined> {
  try {
    return readWithin(root, join(root, name))
  } catch (error) {
    if (lend === undefined || codeOf(error) !== 'EACCES') throw error
    return lend(name).then(readText, (cause: unknown) => {
      if (codeOf(cause) === 'TREE_MISSING') return undefined
      throw cause
    })
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}

/**
 * SECURITY: what comes with a context may be a link to a file of the host, whose lines an error would print, or a pipe
 * that never ends (test/attack/contexts/dockerfile-link.test.ts).
 */
function readWithin(root: string, path: string): string | undefined {
  const real = ifThere(() => realpathSync.native(path))
  if (real === undefined) return undefined
  const refused = (found: string) =>
    new BuildError('BUILD_REFUSED', `Cannot read "${relative(root, path)}": ${found} (a file of the build context)`)
  if (!isWithin(realpathSync.native(root), real)) throw refused('it is a link that leads out of the build context')
  const found = statSync(real)
  if (!found.isFile() && !found.isDirectory()) throw refused('it is a device or a pipe')
  return readText(real)
}

function isWithin(root: string, path: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`)
}

/** At once, as all that a build reads before its first step: a turn of the thread pool costs more than the reading. */
function readText(path: string): string | undefined {
  const found = ifThere(() => statSync(path))
  if (found?.isDirectory())
    throw new BuildError('BUILD_DOCKERFILE_MISSING', `Cannot read "${path}": it is a directory (a file)`)
  if (found !== undefined && found.size > MAX_BYTES)
    throw new BuildError('BUILD_REFUSED', `Cannot read "${path}": ${found.size} bytes (at most ${MAX_BYTES})`)
  return ifThere(() => readFileSync(path, 'utf8'))
}

function ifThere<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(String(codeOf(error)))) return undefined
    throw error
  }
}
