import { splitPair } from '../../notation/index.ts'
import { ServerError } from '../errors.ts'
import { expressionMistake } from './expressions.ts'
import { isTimeZone } from './format-time.ts'

/** A line of docker/metadata-action: `type=semver,pattern={{major}},enable=true,priority=900`. */
export interface TagRule {
  readonly text: string
  readonly type: 'ref' | 'semver' | 'pep440' | 'match' | 'edge' | 'raw' | 'sha' | 'schedule'
  readonly attributes: Readonly<Record<string, string>>
}

const ATTRIBUTES: Readonly<Record<TagRule['type'], readonly string[]>> = {
  ref: ['event'],
  semver: ['pattern', 'value', 'match'],
  pep440: ['pattern', 'value', 'match'],
  match: ['pattern', 'group', 'value'],
  edge: ['branch'],
  raw: ['value'],
  sha: ['format'],
  schedule: ['pattern', 'timezone'],
}
const COMMON = ['enable', 'priority', 'prefix', 'suffix']
const VERSION_WORDS = ['raw', 'version', 'major', 'minor', 'patch']

export function parseTagRule(text: string): TagRule {
  const { type = 'raw', ...attributes } = Object.fromEntries(splitPairs(text))
  const known = Object.hasOwn(ATTRIBUTES, type) ? ATTRIBUTES[type as TagRule['type']] : undefined
  if (known === undefined) throw badRule(text, `unknown type "${type}"`)
  const unknown = Object.keys(attributes).find((name) => !known.includes(name) && !COMMON.includes(name))
  if (unknown !== undefined) throw badRule(text, `unknown attribute "${unknown}"`)
  return { text, type: type as TagRule['type'], attributes }
}

/** Values may be quoted to contain commas: `pattern="v(\d{1,3})"`. A field without a name is the value. */
function splitPairs(text: string): readonly (readonly [string, string])[] {
  const fields = text.match(/(?:[^,"]|"[^"]*")+/g) ?? []
  return fields.map((field) => {
    const bare = field.replaceAll('"', '').trim()
    const [name, value] = splitPair(bare)
    return value === undefined ? ['value', bare] : [name.trim().toLowerCase(), value.trim()]
  })
}

/** Why a rule cannot be used; undefined if it can. */
export function ruleMistake({ type, attributes }: TagRule): string | undefined {
  const { event, value, pattern, group = '0', format = 'short', priority, enable = 'true', timezone } = attributes
  if (type === 'ref' && !['branch', 'tag', 'pr'].includes(event ?? '')) return 'event is not branch, tag or pr'
  if (type === 'raw' && !value) return 'it has no value'
  if (['semver', 'pep440', 'match'].includes(type) && !pattern) return 'it has no pattern'
  if (type === 'sha' && !['short', 'long'].includes(format)) return 'format is not short or long'
  if (!/^\d+$/.test(group)) return `group "${group}" is not a number`
  if (priority !== undefined && !/^-?\d+$/.test(priority)) return `priority "${priority}" is not a number`
  if (!enable.includes('{{') && !['true', 'false'].includes(enable)) return 'enable is not true or false'
  if (timezone !== undefined && !isTimeZone(timezone)) return `unknown time zone "${timezone}"`
  const expressions = Object.entries(attributes).map(([name, text]) => {
    if (name === 'match' || (type === 'match' && name === 'pattern')) return undefined // regular expressions
    return expressionMistake(text, name === 'pattern' && type !== 'schedule' ? VERSION_WORDS : [])
  })
  return expressions.find((mistake) => mistake !== undefined)
}

export function badRule(text: string, reason: string): ServerError {
  return new ServerError('SERVER_BAD_CONFIG', `Cannot use tag rule "${text}": ${reason}`, {
    hint: 'Use the format of docker/metadata-action, such as type=semver,pattern={{version}}',
  })
}
