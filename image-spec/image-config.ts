import { asDigest, asTexts } from './descriptor.ts'
import type { Digest } from './digest.ts'
import {
  asBoolean,
  asGoInteger,
  asList,
  asTable,
  asText,
  field,
  type JsonShape,
  optional,
  parseJson,
  present,
  unexpectedShape,
} from './json-shape.ts'
import { printJson } from './print-json.ts'

/** Key of the build cache in an image configuration. SPEC: BuildKit exporter/containerimage/writer.go */
export const INLINE_CACHE_KEY = 'moby.buildkit.cache.v0'

/** The image's configuration blob. SPEC: image-spec config.md, with Docker's extension fields kept. */
export interface ImageConfig {
  readonly architecture: string
  readonly os: string
  readonly 'os.version'?: string
  readonly 'os.features'?: readonly string[]
  readonly variant?: string
  /** RFC 3339. */
  readonly created?: string
  readonly author?: string
  readonly config?: ContainerConfig
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly Digest[] }
  readonly history?: readonly HistoryEntry[]
  /** Only written; readers of caches parse it themselves. */
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
  readonly Test?: readonly string[]
  readonly Interval?: number
  readonly Timeout?: number
  readonly StartPeriod?: number
  readonly StartInterval?: number
  readonly Retries?: number
}

/**
 * Parses an image configuration. SPEC: image-spec config.md. Fields irrelevant to builds and containers are dropped.
 */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const document = parseJson(bytes, 'image configuration')
  const rootfs = field(document, 'rootfs')
  const type = field(rootfs, 'type')
  if (type.value !== 'layers') throw unexpectedShape(type, '"layers"')
  return {
    architecture: asText(field(document, 'architecture')),
    os: asText(field(document, 'os')),
    ...texts(document, ['os.version', 'variant', 'created', 'author']),
    ...lists(document, ['os.features']),
    ...present('config', optional(field(document, 'config'), parseContainerConfig)),
    rootfs: { type: 'layers', diff_ids: optional(field(rootfs, 'diff_ids'), (ids) => asList(ids, asDigest)) ?? [] },
    ...present(
      'history',
      optional(field(document, 'history'), (entries) => asList(entries, parseHistoryEntry)),
    ),
  }
}

/**
 * The bytes whose digest is the image's ID. SPEC: BuildKit's exporter/containerimage/writer.go: fields sorted by name,
 * and null for missing lists of an image without layers.
 */
export function printImageConfig(config: ImageConfig): string {
  const { type, diff_ids: diffIds } = config.rootfs
  const history = orNull(config.history ?? [])
  const fields = Object.entries({ created: null, ...config, history, rootfs: { type, diff_ids: orNull(diffIds) } })
  return printJson(Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1))))
}

function orNull<Item>(list: readonly Item[]): readonly Item[] | null {
  return list.length > 0 ? list : null
}

function parseHistoryEntry(shape: JsonShape): HistoryEntry {
  const { created, ...others } = texts(shape, ['created', 'created_by', 'author', 'comment'])
  return {
    ...(created && { created: goTime(created) }),
    ...others,
    ...(optional(field(shape, 'empty_layer'), asBoolean) ? { empty_layer: true as const } : {}),
  }
}

/** SPEC: RFC 3339 as Go writes it: without trailing zeros in a fraction, and Z for a zero offset. */
function goTime(text: string): string {
  return text.replace(/\.0*(?!\d)|(?<=\.\d+)0+(?!\d)/, '').replace(/[+-]00:00$/, 'Z')
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
    ...lists(shape, ['Test']),
    ...chosen(shape, ['Interval', 'Timeout', 'StartPeriod', 'StartInterval', 'Retries'], asGoInteger),
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
  return chosen(shape, keys, (list) => {
    const words = asTextList(list)
    return words.length > 0 ? words : undefined
  })
}

/** Empty fields are omitted, as in Go: settings inherited from a base are encoded identically. */
function chosen<K extends string, T>(
  shape: JsonShape,
  keys: readonly K[],
  read: (shape: JsonShape) => T | undefined,
): { readonly [P in K]?: T } {
  let found: { readonly [P in K]?: T } = {}
  for (const key of keys) found = { ...found, ...present(key, optional(field(shape, key), read) || undefined) }
  return found
}
