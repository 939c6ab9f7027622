import type { Descriptor, Platform } from '../../image-spec/index.ts'
import { formatPlatform } from '../../image-spec/index.ts'

export interface Annotation {
  readonly key: string
  readonly value: string
  /** `-descriptor` annotates descriptors of manifests in an index, or those in the `index.json` of a layout. */
  readonly on: 'manifest' | 'index' | 'manifest-descriptor' | 'index-descriptor'
  /** Only for this platform's manifest. */
  readonly platform?: Platform
}

/** The annotations for one place; for a manifest, including those for its platform. The last of equal keys wins. */
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

/** The descriptor as listed in an index. */
export function annotated(
  descriptor: Descriptor,
  annotations: Readonly<Record<string, string>> | undefined,
): Descriptor {
  return annotations === undefined ? descriptor : { ...descriptor, annotations }
}
