import type { Descriptor, Platform } from '../../layer-store/index.ts'
import type { Annotation } from '../builder.ts'
import { formatPlatform, parsePlatform } from '../graph/platform.ts'

/** The annotations of one place; of a manifest, those of its platform too. A later one of the same key wins. */
export function annotationsOn(
  annotations: readonly Annotation[] = [],
  on: Annotation['on'],
  platform?: Platform,
): Readonly<Record<string, string>> | undefined {
  const own = annotations.filter((one) => one.on === on && isFor(one, platform))
  return own.length === 0 ? undefined : Object.fromEntries(own.map(({ key, value }) => [key, value]))
}

function isFor({ platform: wanted }: Annotation, platform: Platform | undefined): boolean {
  if (wanted === undefined) return true
  const parsed = platform && parsePlatform(wanted, platform)
  return parsed !== undefined && platform !== undefined && formatPlatform(parsed) === formatPlatform(platform)
}

/** The descriptor as an index names it. */
export function annotated(
  descriptor: Descriptor,
  annotations: Readonly<Record<string, string>> | undefined,
): Descriptor {
  return annotations === undefined ? descriptor : { ...descriptor, annotations }
}
