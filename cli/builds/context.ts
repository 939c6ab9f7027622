import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { addAbortSignal, type Readable } from 'node:stream'
import { type BuildRequest, type ContextSource, looksLikeArchive, peek } from '../../builder/index.ts'
import { describeFileError } from '../../layer-store/index.ts'
import { toSingleLine } from '../../notation/index.ts'
import { CliError, usageError } from '../errors.ts'

export interface ContextRequest {
  readonly context: string
  /** `-f`. */
  readonly file: string | undefined
  /** Called only when standard input is read, because it takes start-up time. */
  readonly openStdin: () => Readable & { readonly isTTY?: boolean }
  readonly cwd: string
  /** Stops reading standard input. */
  readonly signal: AbortSignal
}

export type BuildInput = Pick<BuildRequest, 'context' | 'dockerfile'>

/** SECURITY: a Dockerfile on standard input is kept in memory. */
const MAX_DOCKERFILE_BYTES = 16 << 20

/** The build context and Dockerfile specified by PATH, URL or `-` and `-f`. */
export async function readContext(request: ContextRequest): Promise<BuildInput> {
  const { context, file, openStdin, cwd } = request
  if (context === '')
    throw usageError(
      'Cannot use the build context "": it is empty (expected PATH, URL or -)',
      'Use "tsbuild build ." for the current directory',
    )
  if (context === '-' || file === '-') addAbortSignal(request.signal, openStdin())
  if (context === '-') return readStandardInput(request)
  const source = sourceOf(context, cwd)
  if (file === undefined) return { context: source }
  if (file !== '-')
    return { context: source, dockerfile: { path: source.kind === 'directory' ? resolve(cwd, file) : file } }
  return { context: source, dockerfile: { name: 'Dockerfile', text: await readAll(openStdin()) } }
}

async function readStandardInput({ file, openStdin }: ContextRequest): Promise<BuildInput> {
  const stdin = openStdin()
  if (file === '-') throw usageError('Cannot use "-f -": standard input is already the build context')
  if (stdin.isTTY === true) {
    throw usageError(
      'Cannot read the build context from standard input: it is a terminal (use a pipe or a file)',
      'Use "tsbuild build ." for the current directory',
    )
  }
  const { head, whole } = await peek(stdin, 512)
  if (head.length === 0)
    throw new CliError('CLI_INPUT_MISSING', 'Cannot read the build context: standard input is empty')
  if (looksLikeArchive(head))
    return {
      context: { kind: 'archive', stream: whole },
      ...(file !== undefined && { dockerfile: { path: file } }),
    }
  if (file !== undefined) throw usageError(`Cannot use "-f ${file}": standard input is a Dockerfile, not an archive`)
  return { context: { kind: 'empty' }, dockerfile: { name: 'Dockerfile', text: await readAll(whole) } }
}

function sourceOf(context: string, cwd: string): ContextSource {
  if (isGitUrl(context)) return { kind: 'git', url: context }
  if (/^https?:\/\//.test(context)) return { kind: 'http', url: context }
  const path = resolve(cwd, context)
  const reason = whyNoDirectory(path)
  if (reason === undefined) return { kind: 'directory', path }
  // SECURITY: a CI system interprets a line starting with `::` as a command.
  const shown = toSingleLine(context)
  throw new CliError('CLI_INPUT_MISSING', `Cannot use the build context "${shown}": ${reason}`, {
    hint:
      reason === NO_DIRECTORY
        ? `For a Dockerfile with another name, use: tsbuild build -f ${shown} .`
        : 'Specify a directory, a URL or "-" for standard input; the directory you are in is "."',
  })
}

const NO_DIRECTORY = 'not a directory'

function whyNoDirectory(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? undefined : NO_DIRECTORY
  } catch (error) {
    return describeFileError(error)
  }
}

/** SPEC: docker build, "Git repositories": .git URLs with a fragment, git://, ssh://, git@host, github.com/… */
function isGitUrl(text: string): boolean {
  if (/^(?:git:\/\/|ssh:\/\/|git@|github\.com\/)/.test(text)) return true
  return /^https?:\/\/[^#?]+\.git(?:[#?].*)?$/.test(text)
}

async function readAll(stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream) {
    chunks.push(Buffer.from(chunk))
    size += chunk.length
    if (size > MAX_DOCKERFILE_BYTES)
      throw usageError(`Cannot read the Dockerfile: standard input has more than ${MAX_DOCKERFILE_BYTES} bytes`)
  }
  return Buffer.concat(chunks).toString('utf8')
}
