import { isGitUrl } from '../../notation/index.ts'
import type { FileSource } from '../../sandbox-native/driver/index.ts'
import type { NamedContext } from '../plan/graph/build-plan.ts'
import { BuildError } from '../request/errors.ts'
import { openContext, sourceOf } from './open-context.ts'
import type { ContextTools } from './opened-context.ts'
import { readIgnorePatterns } from './read-dockerfile.ts'

export interface NamedContexts {
  readonly contexts: Readonly<Record<string, NamedContext>>
  /** Local contexts, ready to be read. */
  readonly sources: Readonly<Record<string, FileSource>>
}

interface Run {
  readonly signal: AbortSignal
  readonly defer: (close: () => Promise<void>) => void
}

/**
 * Resolves `--build-context NAME=VALUE`: an image, an OCI layout, a git repository, a download, or else a directory.
 */
export async function openNamedContexts(
  named: Readonly<Record<string, string>>,
  tools: ContextTools,
  { signal, defer }: Run,
): Promise<NamedContexts> {
  const contexts: [string, NamedContext][] = []
  const sources: [string, FileSource][] = []
  for (const [name, value] of Object.entries(named)) {
    const kind = await contextKind(value)
    contexts.push([name, kind])
    if (kind.kind !== 'local') continue
    const opened = await openContext({ kind: 'directory', path: value }, tools, signal)
    defer(opened.close)
    sources.push([name, sourceOf(opened, await readIgnorePatterns({}, opened), tools.store)])
  }
  return { contexts: Object.fromEntries(contexts), sources: Object.fromEntries(sources) }
}

async function contextKind(value: string): Promise<NamedContext> {
  const image = value.match(/^docker-image:\/\/(.*)$/)?.[1]
  if (image === '') throw withoutImage(value)
  if (image !== undefined) return { kind: 'image', reference: image }
  if (value.startsWith('oci-layout://')) {
    const { pinLayout } = await import('../../images/index.ts')
    return { kind: 'image', reference: await pinLayout(value), isLayout: true }
  }
  if (isGitUrl(value)) return { kind: 'git', url: value }
  if (/^https?:\/\//.test(value)) return { kind: 'http', url: value }
  const scheme = /^([a-z][a-z+.-]*):\/\//.exec(value)?.[1]
  if (scheme !== undefined) throw unknownScheme(value, scheme)
  return { kind: 'local' }
}

function withoutImage(value: string): BuildError {
  const message = `Cannot use context "${value}": the image is missing (expected docker-image://name[:tag][@digest])`
  return new BuildError('BUILD_CONTEXT_BAD', message)
}

function unknownScheme(value: string, scheme: string): BuildError {
  const message = `Cannot use context "${value}": contexts of the kind "${scheme}" are not supported (expected a directory, docker-image://, oci-layout://, git or http)`
  return new BuildError('BUILD_NOT_SUPPORTED', message)
}
