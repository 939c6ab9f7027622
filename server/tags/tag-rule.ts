import { ServerError } from '../errors.ts'

/** A line of docker/metadata-action: `type=semver,pattern={{major}},enable=true,priority=900`. */
export interface TagRule {
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
const COMMON = ['enable', 'priority', 'prefix', 'suffix', 'latest']

export function parseTagRule(text: string): TagRule {
  const pairs = splitPairs(text)
  const bare = pairs.length === 1 && !text.includes('=')
  const attributes = Object.fromEntries(pairs.map(([key, value]) => [key, value]))
  const type = bare ? 'raw' : (attributes['type'] ?? 'raw')
  const known = Object.hasOwn(ATTRIBUTES, type) ? ATTRIBUTES[type as TagRule['type']] : undefined
  if (known === undefined) throw badRule(text, `unknown type "${type}"`)
  const { type: _, ...rest } = bare ? { value: text } : attributes
  const unknown = Object.keys(rest).find((name) => !known.includes(name) && !COMMON.includes(name))
  if (unknown !== undefined) throw badRule(text, `unknown attribute "${unknown}"`)
  return { type: type as TagRule['type'], attributes: rest }
}

/** Values may be quoted to hold commas: `pattern="v(\d{1,3})"`. */
function splitPairs(text: string): readonly (readonly [string, string])[] {
  const fields = text.match(/(?:[^,"]|"[^"]*")+/g) ?? []
  return fields.map((field) => {
    const bare = field.replaceAll('"', '').trim()
    const equals = bare.indexOf('=')
    return equals < 0 ? ([bare, ''] as const) : ([bare.slice(0, equals).trim(), bare.slice(equals + 1)] as const)
  })
}

export function badRule(text: string, reason: string): ServerError {
  return new ServerError('SERVER_BAD_CONFIG', `Cannot use tag rule "${text}": ${reason}`, {
    hint: 'Write it as docker/metadata-action has it, such as type=semver,pattern={{version}}',
  })
}
