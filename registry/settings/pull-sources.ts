import type { ImageReference } from '../../image-spec/index.ts'
import { RegistryError } from '../errors.ts'
import { findRule, type RegistryRule } from './registry-settings.ts'

/** Places to pull a reference from: its mirrors in order, then the registry itself. */
export function pullSources(reference: ImageReference, rules: readonly RegistryRule[]): readonly ImageReference[] {
  const found = findRule(rules, reference)
  if (found === undefined) return [reference]
  const other = reference.digest === undefined ? 'digest' : 'tag'
  const mirrors = found.rule.mirrors.filter(({ only }) => only !== other)
  return [
    ...mirrors.map(({ location }) => referenceAt(`${location}${found.rest}`, reference)),
    pushTarget(reference, rules),
  ]
}

/** Where a reference is pushed to. */
export function pushTarget(reference: ImageReference, rules: readonly RegistryRule[]): ImageReference {
  const found = findRule(rules, reference)
  if (found === undefined) return reference
  const { location, blockedBy } = found.rule
  if (blockedBy !== undefined) {
    const message = `Cannot use registry "${reference.host}": denied: "${blockedBy}" blocks "${found.rule.prefix}"`
    throw new RegistryError('REGISTRY_DENIED', message, {
      hint: `Remove blocked from ${blockedBy}, or use another registry`,
    })
  }
  return location === undefined ? reference : referenceAt(`${location}${found.rest}`, reference)
}

function referenceAt(name: string, reference: ImageReference): ImageReference {
  const slash = name.indexOf('/')
  if (slash < 0) return { ...reference, host: name }
  const repository = name.slice(slash + 1).replace(/^\/+|\/+$/g, '')
  return { ...reference, host: name.slice(0, slash), repository }
}
