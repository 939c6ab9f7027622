import type { Annotation } from '../../images/index.ts'
import { didYouMean, splitPair } from '../../notation/index.ts'
import { usageError } from '../errors.ts'
import { platformOf } from '../flags/platform.ts'

const LEVELS = ['manifest', 'index', 'manifest-descriptor', 'index-descriptor'] as const

/** SPEC: buildx: `[level[platform],level…:]key=value`; the levels end at a colon before the first `=`. */
export function parseAnnotations(texts: readonly string[]): readonly Annotation[] {
  return texts.flatMap(parseAnnotation)
}

function parseAnnotation(text: string): readonly Annotation[] {
  const [name, value] = splitPair(text)
  if (value === undefined)
    throw usageError(`Cannot read "--annotation ${text}": the value is missing (expected key=value)`)
  const colon = name.indexOf(':')
  const key = name.slice(colon + 1)
  if (key === '') throw usageError(`Cannot read "--annotation ${text}": the key is missing (expected key=value)`)
  const levels = colon < 0 ? ['manifest'] : name.slice(0, colon).split(',')
  return levels.map((level) => ({ ...parseLevel(level, `--annotation ${text}`), key, value }))
}

/** SPEC: BuildKit exporter/containerimage/exptypes/annotations.go: `annotation[-level][platform].key` of `--output`. */
export function parseOutputAnnotation(text: string, name: string, value: string): Annotation | undefined {
  const [, on = 'manifest', platform = '', key] = /^annotation(?:-([a-z-]+))?(\[[^\]]*\])?\.(\S+)$/.exec(name) ?? []
  if (key === undefined) return undefined
  return { ...parseLevel(`${on}${platform}`, `--output ${text}`), key, value }
}

function parseLevel(level: string, flag: string): Pick<Annotation, 'on' | 'platform'> {
  const [, name, platform] = /^([a-z-]+)(?:\[([A-Za-z0-9_/-]+)\])?$/.exec(level) ?? []
  const on = LEVELS.find((one) => one === name)
  if (on === undefined) {
    throw usageError(
      `Cannot read "${flag}": unknown level "${level}" (expected ${LEVELS.join(', ')}, optionally with [platform])`,
      didYouMean(name ?? level, LEVELS),
    )
  }
  const isOfIndex = on === 'index' || on === 'index-descriptor' // for all platforms: BuildKit ignores a platform here
  return platform === undefined || isOfIndex ? { on } : { on, platform: platformOf(platform) }
}
