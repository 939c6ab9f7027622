import type { Descriptor, Platform } from '../../image-spec/index.ts'
import { formatPlatform } from '../../image-spec/index.ts'

export interface Annotation {
  readonly key: string
  readonly value: string
  /** Descriptors of manifests in an index, and in `index.json` of a layout. */
  readonly on: 'manifest' | 'index' | 'manifest-descriptor' | 'index-descriptor'
  /** Of one platform's manifest alone. */
  readonly platform?: Platform
}

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
  return platform !== undefined && formatPlatform(wanted) === formatPlatform(platform)
}

/** The descriptor as an index names it. */
export function annotated(
  descriptor: Descriptor,
  annotations: Readonly<Record<string, string>> | undefined,
): Descriptor {
  return annotations === undefined ? descriptor : { ...descriptor, annotations }
}
