import type { Annotation } from '../../images/index.ts'
import { didYouMean } from '../../notation/index.ts'
import { usageError } from '../errors.ts'
import { platformOf } from '../flags/platform.ts'

const PLACES = ['manifest', 'index', 'manifest-descriptor', 'index-descriptor'] as const

/** SPEC: buildx: `[place[platform],place…:]key=value`; the places end at a colon before the first `=`. */
export function parseAnnotations(given: readonly string[]): readonly Annotation[] {
  return given.flatMap(parseAnnotation)
}

function parseAnnotation(text: string): readonly Annotation[] {
  const equals = text.indexOf('=')
  if (equals < 0) throw usageError(`Cannot read "--annotation ${text}": the value is missing (expected key=value)`)
  const [name, value] = [text.slice(0, equals), text.slice(equals + 1)]
  const colon = name.indexOf(':')
  const key = name.slice(colon + 1)
  if (key === '') throw usageError(`Cannot read "--annotation ${text}": the key is missing (expected key=value)`)
  const places = colon < 0 ? ['manifest'] : name.slice(0, colon).split(',')
  return places.map((place) => ({ ...parsePlace(place, `--annotation ${text}`), key, value }))
}

/** SPEC: BuildKit exporter/containerimage/exptypes/annotations.go: `annotation[-place][platform].key` of `--output`. */
export function parseOutputAnnotation(text: string, name: string, value: string): Annotation | undefined {
  const [, on = 'manifest', platform = '', key] = /^annotation(?:-([a-z-]+))?(\[[^\]]*\])?\.(\S+)$/.exec(name) ?? []
  if (key === undefined) return undefined
  return { ...parsePlace(`${on}${platform}`, `--output ${text}`), key, value }
}

function parsePlace(place: string, flag: string): Pick<Annotation, 'on' | 'platform'> {
  const [, name, platform] = /^([a-z-]+)(?:\[([A-Za-z0-9_/-]+)\])?$/.exec(place) ?? []
  const on = PLACES.find((one) => one === name)
  if (on === undefined) {
    throw usageError(
      `Cannot read "${flag}": unknown level "${place}" (expected ${PLACES.join(', ')}, optionally with [platform])`,
      didYouMean(name ?? place, PLACES),
    )
  }
  const isOfIndex = on === 'index' || on === 'index-descriptor' // it is for all platforms: BuildKit passes over one
  return platform === undefined || isOfIndex ? { on } : { on, platform: platformOf(platform) }
}
