import { type ImageReference, present } from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import { findRule, type RegistryAddress, type RegistryRule } from './registry-settings.ts'

/** A reference at the registry that is asked for it. */
export interface PlacedReference extends ImageReference {
  /** Path of the API, if not `/v2`. */
  readonly apiPath?: string
  /** SPEC: containerd, `ns`: the host that the user named, for mirrors of several registries. */
  readonly namespace?: string
}

/** Places to pull a reference from: its mirrors in order, then the registry itself. */
export function pullSources(reference: ImageReference, rules: readonly RegistryRule[]): readonly PlacedReference[] {
  const found = findRule(rules, reference)
  if (found === undefined) return [reference]
  refuseBlocked(reference, found.rule)
  const { address, mirrors } = found.rule
  const other = reference.digest === undefined ? 'digest' : 'tag'
  const used: readonly (RegistryAddress | undefined)[] = [...mirrors.filter(({ only }) => only !== other), address]
  return used.map((one) => placed(reference, one, found.rest))
}

/** Where a reference is pushed to. */
export function pushTarget(reference: ImageReference, rules: readonly RegistryRule[]): PlacedReference {
  const found = findRule(rules, reference)
  if (found === undefined) return reference
  refuseBlocked(reference, found.rule)
  return placed(reference, found.rule.pushAddress ?? found.rule.address, found.rest)
}

function refuseBlocked(reference: ImageReference, { prefix, blockedBy }: RegistryRule): void {
  if (blockedBy === undefined) return
  const message = `Cannot use registry "${reference.host}": denied: "${blockedBy}" blocks "${prefix}"`
  throw new RegistryError('REGISTRY_DENIED', message, {
    hint: `Remove blocked from ${blockedBy}, or use another registry`,
  })
}

function placed(reference: ImageReference, address: RegistryAddress | undefined, rest: string): PlacedReference {
  if (address === undefined) return reference
  const [host = '', ...path] = `${address.location}${rest}`.split('/')
  const repository = path.length === 0 ? reference.repository : path.join('/').replace(/^\/+|\/+$/g, '')
  const namespace = address.namesOrigin === true && host !== reference.host ? reference.host : undefined
  return { ...reference, host, repository, ...present('apiPath', address.apiPath), ...present('namespace', namespace) }
}
