import { asDigest, asTexts } from './descriptor.ts'
import type { Digest } from './digest.ts'
import {
  asBoolean,
  asList,
  asTable,
  asText,
  asWholeNumber,
  field,
  type JsonShape,
  optional,
  parseJson,
  present,
  unexpectedShape,
} from './json-shape.ts'

/** Where an image carries a build cache. SPEC: BuildKit exporter/containerimage/writer.go */
export const INLINE_CACHE_KEY = 'moby.buildkit.cache.v0'

/** The image's configuration blob. SPEC: image-spec config.md, with Docker's extension fields kept. */
export interface ImageConfig {
  readonly architecture: string
  readonly os: string
  readonly variant?: string
  /** RFC 3339. */
  readonly created?: string
  readonly author?: string
  readonly config?: ContainerConfig
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] }
  readonly history?: readonly HistoryEntry[]
  /** Written only; readers of caches look for it themselves. */
  readonly [INLINE_CACHE_KEY]?: string
}

export interface HistoryEntry {
  readonly created?: string
  readonly created_by?: string
  readonly author?: string
  readonly comment?: string
  readonly empty_layer?: true
}

/** Field names as in the stored JSON. */
export interface ContainerConfig {
  readonly User?: string
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>
  readonly Env?: readonly string[]
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  readonly Volumes?: Readonly<Record<string, Record<string, never>>>
  readonly WorkingDir?: string
  readonly Labels?: Readonly<Record<string, string>>
  readonly StopSignal?: string
  /** Docker extensions. */
  readonly ArgsEscaped?: boolean
  readonly Healthcheck?: Healthcheck
  readonly OnBuild?: readonly string[]
  readonly Shell?: readonly string[]
}

/** Durations in nanoseconds. */
export interface Healthcheck {
  readonly Test: readonly string[]
  readonly Interval?: number
  readonly Timeout?: number
  readonly StartPeriod?: number
  readonly StartInterval?: number
  readonly Retries?: number
}

/** An image's configuration. SPEC: image-spec config.md. Fields that mean nothing to a build or a run are left out. */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const document = parseJson(bytes, 'image configuration')
  const rootfs = field(document, 'rootfs')
  const type = field(rootfs, 'type')
  if (type.value !== 'layers') throw unexpectedShape(type, '"layers"')
  return {
    architecture: asText(field(document, 'architecture')),
    os: asText(field(document, 'os')),
    ...texts(document, ['variant', 'created', 'author']),
    ...present('config', optional(field(document, 'config'), parseContainerConfig)),
    rootfs: { type: 'layers', diff_ids: optional(field(rootfs, 'diff_ids'), (ids) => asList(ids, asDigest)) ?? [] },
    ...present(
      'history',
      optional(field(document, 'history'), (entries) => asList(entries, parseHistoryEntry)),
    ),
  }
}

function parseHistoryEntry(shape: JsonShape): HistoryEntry {
  return {
    ...texts(shape, ['created', 'created_by', 'author', 'comment']),
    ...(optional(field(shape, 'empty_layer'), asBoolean) ? { empty_layer: true as const } : {}),
  }
}

function parseContainerConfig(shape: JsonShape): ContainerConfig {
  return {
    ...texts(shape, ['User', 'WorkingDir', 'StopSignal']),
    ...lists(shape, ['Env', 'Entrypoint', 'Cmd', 'OnBuild', 'Shell']),
    ...present('ExposedPorts', optional(field(shape, 'ExposedPorts'), asNames)),
    ...present('Volumes', optional(field(shape, 'Volumes'), asNames)),
    ...present('Labels', optional(field(shape, 'Labels'), asTexts)),
    ...present('ArgsEscaped', optional(field(shape, 'ArgsEscaped'), asBoolean)),
    ...present('Healthcheck', optional(field(shape, 'Healthcheck'), parseHealthcheck)),
  }
}

function parseHealthcheck(shape: JsonShape): Healthcheck {
  return {
    Test: optional(field(shape, 'Test'), asTextList) ?? [],
    ...wholeNumbers(shape, ['Interval', 'Timeout', 'StartPeriod', 'StartInterval', 'Retries']),
  }
}

function asNames(shape: JsonShape): Record<string, Record<string, never>> {
  return asTable(shape, () => ({}))
}

function asTextList(shape: JsonShape): string[] {
  return asList(shape, asText)
}

function texts<K extends string>(shape: JsonShape, keys: readonly K[]): { readonly [P in K]?: string } {
  return chosen(shape, keys, asText)
}

function lists<K extends string>(shape: JsonShape, keys: readonly K[]): { readonly [P in K]?: string[] } {
  return chosen(shape, keys, asTextList)
}

function wholeNumbers<K extends string>(shape: JsonShape, keys: readonly K[]): { readonly [P in K]?: number } {
  return chosen(shape, keys, asWholeNumber)
}

function chosen<K extends string, T>(
  shape: JsonShape,
  keys: readonly K[],
  read: (shape: JsonShape) => T,
): { readonly [P in K]?: T } {
  let found: { readonly [P in K]?: T } = {}
  for (const key of keys) found = { ...found, ...present(key, optional(field(shape, key), read)) }
  return found
}
