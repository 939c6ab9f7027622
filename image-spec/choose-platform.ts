import type { Descriptor } from './descriptor.ts'
import type { Index } from './manifest.ts'
import { isSameRelease } from './os-options.ts'
import { formatPlatform, normalizePlatform, type Platform } from './platform.ts'

/**
 * The entry of an index that best matches `want`: the same platform, else an older variant (arm/v7 runs arm/v6,
 * amd64/v3 runs amd64), else the 32-bit counterpart. Attestations and other documents are never chosen.
 */
export function choosePlatform(index: Index, target: Platform): Descriptor | undefined {
  const images = index.manifests.filter(isImage)
  const [only] = images
  const isUnknown = images.length === 1 && only?.platform === undefined
  return isUnknown ? only : bestFor(target, images, ({ platform }) => platform)
}

/** Likewise, for any items with a platform. */
export function bestFor<Item>(
  target: Platform,
  items: readonly Item[],
  platformOf: (item: Item) => Platform | undefined,
): Item | undefined {
  for (const accepted of acceptedPlatforms(target)) {
    const found = items.find((item) => {
      const platform = platformOf(item)
      return platform !== undefined && isSame(normalizePlatform(platform), accepted) && isSameRelease(platform, target)
    })
    if (found !== undefined) return found
  }
  return undefined
}

/** SECURITY: an index may list thousands of platforms, with names of any length. */
const MAX_LISTED = 30
const MAX_NAME_LENGTH = 40

/** The platforms of an index's images, for messages. */
export function listPlatforms(index: Index): readonly string[] {
  const platforms = index.manifests
    .filter(isImage)
    .flatMap(({ platform }) => (platform === undefined ? [] : [platform]))
  const names = [...new Set(platforms.map(formatPlatform))]
  return names.slice(0, MAX_LISTED).map((name) => name.slice(0, MAX_NAME_LENGTH))
}

function isImage(descriptor: Descriptor): boolean {
  const isAttestation = descriptor.annotations?.['vnd.docker.reference.type'] === 'attestation-manifest'
  return !isAttestation && descriptor.platform?.os !== 'unknown'
}

function isSame(platform: Platform, accepted: Platform): boolean {
  const { os, architecture, variant } = accepted
  return platform.os === os && platform.architecture === architecture && (platform.variant ?? '') === (variant ?? '')
}

/** Best first, in the order that containerd tries. */
function acceptedPlatforms(target: Platform): readonly Platform[] {
  const { os, architecture, variant = '' } = normalizePlatform(target)
  const of = (name: string, variants: readonly string[]) =>
    variants.map((v) => ({ os, architecture: name, variant: v }))
  if (architecture === 'amd64') return [...of('amd64', downFrom(variant === '' ? 'v1' : variant)), ...of('386', [''])]
  if (architecture === 'arm') return of('arm', downFrom(variant, 5))
  if (architecture === 'arm64') {
    const own = variant === '' ? [''] : [variant, '']
    return [...of('arm64', own), ...of('arm', downFrom('v8', 5))]
  }
  return of(architecture, [variant])
}

/** `v7` → v7, v6, v5; variant v1 of amd64 is the plain one. */
function downFrom(variant: string, lowest = 1): readonly string[] {
  const top = /^v(\d)$/.exec(variant)?.[1]
  if (top === undefined) return [variant]
  const variants: string[] = []
  for (let version = Number(top); version >= lowest; version--) variants.push(version === 1 ? '' : `v${version}`)
  return variants
}
