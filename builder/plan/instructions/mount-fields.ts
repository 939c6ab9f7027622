import { didYouMean, parseGoBool, splitCsv, splitField } from '../../../notation/index.ts'
import type { SourceRange, Word } from '../../../parser/index.ts'
import type { Problems } from '../problems.ts'

export type MountType = 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh'

export type MountKey =
  | 'type'
  | 'from'
  | 'source'
  | 'target'
  | 'readonly'
  | 'id'
  | 'sharing'
  | 'required'
  | 'size'
  | 'mode'
  | 'uid'
  | 'gid'
  | 'env'

/** The keys of one `--mount` under their canonical names; `readwrite` is stored as its opposite. */
export type MountFields = ReadonlyMap<MountKey, string>

const TYPES: readonly MountType[] = ['bind', 'cache', 'tmpfs', 'secret', 'ssh']

const KEYS: Readonly<Record<string, MountKey>> = {
  type: 'type',
  from: 'from',
  source: 'source',
  src: 'source',
  target: 'target',
  dst: 'target',
  destination: 'target',
  readonly: 'readonly',
  ro: 'readonly',
  readwrite: 'readonly',
  rw: 'readonly',
  id: 'id',
  sharing: 'sharing',
  required: 'required',
  size: 'size',
  mode: 'mode',
  uid: 'uid',
  gid: 'gid',
  env: 'env',
}

export interface MountReading {
  readonly problems: Problems
  /** Expands a value; undefined on failure, which is reported. */
  readonly expand: (value: string) => string | undefined
}

/** Parses the value of a `--mount` flag; undefined if it is invalid, which is reported. */
export function readMountFields(text: string, range: SourceRange, reading: MountReading): MountFields | undefined {
  const parts = splitCsv(text)
  if (!parts)
    return refuse({ text, range }, reading, { found: 'wrong quotes', needed: 'quotes around whole fields only' })
  const fields = new Map<MountKey, string>()
  for (const part of parts) {
    const entry = readField(part, range, reading)
    if (!entry) return undefined
    fields.set(entry[0], entry[1])
  }
  return fields
}

export function mountType(fields: MountFields): MountType | undefined {
  const text = (fields.get('type') ?? 'bind').toLowerCase()
  return TYPES.find((type) => type === text)
}

/** The stage or image that a mount reads, without expansion: `from` allows no variables. */
export function fromOfMount(text: string): { readonly from?: string; readonly isCache: boolean } {
  const fields = (splitCsv(text) ?? []).map((field) => splitField(field))
  const from = fields.find(([key]) => key === 'from')?.[1]
  const isCache = fields.some(([key, value]) => key === 'type' && value?.toLowerCase() === 'cache')
  return { ...(from && { from }), isCache }
}

export function refuse(
  { text, range }: Word,
  { problems }: Pick<MountReading, 'problems'>,
  why: { readonly found: string; readonly needed: string; readonly hint?: string | undefined },
): undefined {
  const message = `Cannot read mount "${text}": ${why.found} (expected ${why.needed})`
  problems.error({ code: 'PLAN_MOUNT_INVALID', range, message, hint: why.hint })
}

function readField(part: string, range: SourceRange, reading: MountReading): readonly [MountKey, string] | undefined {
  const [name, written] = splitField(part)
  const key = Object.hasOwn(KEYS, name) ? KEYS[name] : undefined
  if (key === undefined) {
    const hint = didYouMean(name, Object.keys(KEYS))
    return refuse({ text: part, range }, reading, {
      found: `unknown key "${name}"`,
      needed: `one of ${knownKeys()}`,
      hint,
    })
  }
  if (written === undefined && key !== 'readonly' && key !== 'required') {
    return refuse({ text: part, range }, reading, { found: `"${name}" has no value`, needed: `${name}=…` })
  }
  // SPEC: `from` is not expanded; the parser refuses variables in it.
  const value = key === 'from' ? written : reading.expand(written ?? 'true')
  if (value === undefined) return undefined
  return checkedField(key, value, { name, part, range, reading })
}

interface MountField {
  readonly name: string
  readonly part: string
  readonly range: SourceRange
  readonly reading: MountReading
}

function checkedField(key: MountKey, value: string, field: MountField): readonly [MountKey, string] | undefined {
  const { name, part, range, reading } = field
  if (key === 'type' && !TYPES.some((type) => type === value.toLowerCase())) {
    const hint = didYouMean(value, TYPES)
    return refuse({ text: part, range }, reading, { found: `unknown type "${value}"`, needed: TYPES.join(', '), hint })
  }
  if (key !== 'readonly' && key !== 'required') return [key, value]
  const flag = parseGoBool(value)
  if (flag === undefined)
    return refuse({ text: part, range }, reading, { found: `"${value}"`, needed: 'true or false' })
  const isOpposite = name === 'rw' || name === 'readwrite'
  return [key, String(flag !== isOpposite)]
}

function knownKeys(): string {
  return [...new Set(Object.values(KEYS))].join(', ')
}
