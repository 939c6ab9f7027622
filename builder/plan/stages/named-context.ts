import type { Platform } from '../../../image-spec/index.ts'
import { formatPlatform } from '../../../image-spec/index.ts'
import type { PlanRequest } from '../graph/build-plan.ts'
import type { FileOrigin } from './file-origin.ts'

/** Names that `--build-context` cannot replace. SPEC: docker buildx build --build-context */
const RESERVED = ['scratch', 'context']

/**
 * The named context that replaces a stage or image with this name, if any: an exact match, one for this platform
 * (`name::platform`), or another spelling of the same image.
 */
export function findNamedContext(request: PlanRequest, name: string, platform: Platform): FileOrigin | undefined {
  const { namedContexts } = request
  if (Object.keys(namedContexts).length === 0 || RESERVED.includes(name.toLowerCase())) return undefined
  const spellings = [name, name.toLowerCase(), ...imageSpellings(name)]
  const names = spellings.flatMap((spelling) => [`${spelling}::${formatPlatform(platform)}`, spelling])
  const found = names.find((candidate) => Object.hasOwn(namedContexts, candidate))
  const context = found === undefined ? undefined : namedContexts[found]
  if (found === undefined || context === undefined) return undefined
  if (context.kind === 'image') {
    const { reference } = context
    return reference === 'scratch' ? { kind: 'scratch' } : { kind: 'image', reference }
  }
  return { kind: 'context', name: found, context }
}

/** `alpine`, `alpine:latest`, `docker.io/library/alpine` and `docker.io/library/alpine:latest` are the same image. */
function imageSpellings(name: string): readonly string[] {
  const short = name.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\//, '')
  const hasTag = /[:@]/.test(short.slice(short.lastIndexOf('/') + 1))
  const untagged = short.endsWith(':latest') ? short.slice(0, -':latest'.length) : short
  const tagged = hasTag ? short : `${short}:latest`
  const isOfficial = !short.includes('/')
  const prefixes = isOfficial ? ['', 'library/', 'docker.io/library/'] : ['', 'docker.io/']
  return prefixes.flatMap((prefix) => [`${prefix}${untagged}`, `${prefix}${tagged}`])
}
