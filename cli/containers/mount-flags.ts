import { resolve } from 'node:path'
import type { MountSpec } from '../../container/index.ts'
import { ContainerError, isPropagation, parseMode, parseTmpfsOptions } from '../../container/index.ts'
import { byteSize, parseGoBool, splitCsv, splitEntry, splitField } from '../../notation/index.ts'

/** `-v`: `/in/container`, `name:/in/container[:options]`, `/on/host:/in/container[:options]`. */
export function parseVolumeFlag(text: string): MountSpec {
  const [first = '', second, options = '', ...more] = text.split(':')
  if (first === '' || second === '' || more.length > 0)
    throw badVolume(text, 'invalid syntax (expected [source:]target[:options])')
  if (second === undefined) return { kind: 'volume', target: first }
  const isPath = first.startsWith('/') || first.startsWith('.')
  const { readOnly, noCopy, propagation } = volumeOptions(text, options, isPath)
  if (!isPath) return { kind: 'volume', name: first, target: second, readOnly, noCopy }
  const source = resolve(first)
  return { kind: 'bind', source, target: second, readOnly, createSource: true, ...propagation }
}

/** `--tmpfs`: `/place[:size=64m,mode=1777,…]`. */
export function parseTmpfsFlag(text: string): MountSpec {
  const [, target = '', options = ''] = /^([^:]*)(?::(.*))?$/.exec(text) ?? []
  parseTmpfsOptions(options) // throws for invalid options
  return { kind: 'tmpfs', target, options }
}

/** `--mount`: `type=bind,source=/a,target=/b,readonly`, a line of CSV. Unknown keys are errors. SPEC: docker run --mount */
export function parseMountFlag(text: string): MountSpec {
  const values = mountValues(text)
  const value = (...keys: readonly string[]) => keys.flatMap((key) => values.get(key) ?? []).at(-1)
  const flag = (...keys: readonly string[]) => truthOf(text, keys.find((key) => values.has(key)) ?? '', value(...keys))
  const target = value('target', 'destination', 'dst')
  if (target === undefined || target === '') throw badMount(text, 'target is missing', 'CONTAINER_BAD_SYNTAX')
  const source = value('source', 'src')
  const common = { isLong: true, target, readOnly: flag('readonly', 'ro') } as const
  switch (value('type') ?? 'volume') {
    case 'bind': {
      const recursion = flag('bind-nonrecursive') ? { nonRecursive: true } : {}
      const propagation = propagationOf(text, value('bind-propagation'))
      return { kind: 'bind', ...common, source: bindSource(text, source), ...recursion, ...propagation }
    }
    case 'volume': {
      const driver = value('volume-driver') ?? 'local'
      if (driver !== 'local') throw badMount(text, `unknown volume-driver "${driver}" (expected local)`)
      const labels = pairsOf('labels', values.get('volume-label'))
      const options = pairsOf('options', values.get('volume-opt'))
      const name = source ? { name: source } : {}
      return { kind: 'volume', ...common, ...name, noCopy: flag('volume-nocopy'), ...labels, ...options }
    }
    case 'tmpfs':
      if (source !== undefined) throw badMount(text, 'a tmpfs has no source')
      return { kind: 'tmpfs', ...common, ...tmpfsSettings(text, value('tmpfs-size'), value('tmpfs-mode')) }
    default:
      throw badMount(text, `unknown type "${value('type')}" (expected bind, volume or tmpfs)`)
  }
}

const PLAIN_KEYS = 'type source src target destination dst readonly ro consistency'.split(' ')
const OWN_KEYS: Readonly<Record<string, readonly string[]>> = {
  bind: ['bind-propagation', 'bind-nonrecursive'],
  volume: ['volume-nocopy', 'volume-label', 'volume-driver', 'volume-opt'],
  tmpfs: ['tmpfs-size', 'tmpfs-mode'],
}
/** Keys that may be given without a value. */
const SWITCHES = ['readonly', 'ro', 'bind-nonrecursive', 'volume-nocopy']
const KEYS: ReadonlySet<string> = new Set([...PLAIN_KEYS, ...Object.values(OWN_KEYS).flat()])

/** Values by key, in order: labels and options of a volume may be repeated. */
function mountValues(text: string): ReadonlyMap<string, readonly string[]> {
  const fields = splitCsv(text)
  if (fields === undefined) throw badMount(text, 'a quote is inside a field or not closed', 'CONTAINER_BAD_SYNTAX')
  const values = new Map<string, string[]>()
  for (const [key, value] of fields.map(splitField)) {
    if (!KEYS.has(key)) throw badMount(text, key === '' ? 'empty field' : `unknown key "${key}"`)
    if (value === undefined && !SWITCHES.includes(key)) throw badMount(text, `"${key}" has no value`)
    values.set(key, [...(values.get(key) ?? []), value ?? 'true'])
  }
  const type = values.get('type')?.at(-1) ?? 'volume'
  const stray = [...values.keys()].find((key) => !PLAIN_KEYS.includes(key) && OWN_KEYS[type]?.includes(key) === false)
  if (stray !== undefined) throw badMount(text, `"${stray}" does not apply to type "${type}"`)
  return values
}

/** A path starting with a dot is relative to the working directory; docker refuses other relative paths. */
function bindSource(text: string, source: string | undefined): string {
  if (source === undefined || source === '') throw badMount(text, 'source is missing')
  if (source.startsWith('/')) return source
  if (/^\.\.?(\/|$)/.test(source)) return resolve(source)
  throw badMount(text, `source "${source}" is a relative path (expected an absolute path, or one that begins with ./)`)
}

function pairsOf<K extends string>(key: K, values: readonly string[] | undefined) {
  return (values === undefined ? {} : { [key]: Object.fromEntries(values.map(splitEntry)) }) as {
    readonly [P in K]?: Readonly<Record<string, string>>
  }
}

/**
 * Keys that may be given only once: docker accepts one mode, one label and so on. Those for macOS files have no effect.
 */
const OPTION_GROUPS: Readonly<Record<string, string>> = {
  ...{ ro: 'mode', rw: 'mode', z: 'label', Z: 'label', nocopy: 'copying' },
  ...{ consistent: 'consistency', cached: 'consistency', delegated: 'consistency' },
}

function volumeOptions(text: string, options: string, isPath: boolean) {
  const words = options.split(',').filter((word) => word !== '')
  const groups = words.map((word) => (isPropagation(word) ? 'propagation' : OPTION_GROUPS[word]))
  const unknown = words.find((_, index) => groups[index] === undefined)
  if (unknown !== undefined)
    throw badVolume(
      text,
      `unknown option "${unknown}" (expected ro, rw, nocopy, z, Z, or a propagation such as rslave)`,
    )
  const twice = words.find((_, index) => groups.indexOf(groups[index]) !== index)
  if (twice !== undefined) throw badVolume(text, `option "${twice}" conflicts with another option`)
  const propagation = words.find(isPropagation)
  if (isPath && words.includes('nocopy')) throw badVolume(text, 'option "nocopy" applies to volumes only')
  if (!isPath && propagation !== undefined) throw badVolume(text, `option "${propagation}" applies to bind mounts only`)
  return {
    readOnly: words.includes('ro'),
    noCopy: words.includes('nocopy'),
    propagation: { ...(propagation !== undefined && { propagation }) },
  }
}

function tmpfsSettings(text: string, size: string | undefined, mode: string | undefined) {
  const sizeBytes = size === undefined ? undefined : byteSize(size)
  const modeBits = mode === undefined ? undefined : parseMode(mode)
  if (size !== undefined && sizeBytes === undefined)
    throw badMount(text, `invalid size "${size}" (expected a size such as 64m)`)
  if (Number.isNaN(modeBits)) throw badMount(text, `invalid mode "${mode}" (expected an octal number such as 1777)`)
  return { ...(sizeBytes !== undefined && { sizeBytes }), ...(modeBits !== undefined && { mode: modeBits }) }
}

function propagationOf(text: string, word: string | undefined) {
  if (word === undefined) return {}
  if (isPropagation(word)) return { propagation: word }
  throw badMount(
    text,
    `unknown bind-propagation "${word}" (expected private, rprivate, shared, rshared, slave or rslave)`,
  )
}

function truthOf(text: string, key: string, value: string | undefined): boolean {
  const found = value === undefined ? false : parseGoBool(value)
  if (found !== undefined) return found
  throw badMount(text, `invalid value "${value}" of ${key} (expected true or false)`)
}

function badVolume(text: string, found: string): ContainerError {
  return new ContainerError('CONTAINER_BAD_OPTION', `Cannot mount volume "${text}": ${found}`, {
    hint: 'Use a form such as -v /data, -v name:/data:ro or -v /on/host:/data',
  })
}

function badMount(
  text: string,
  found: string,
  code: 'CONTAINER_BAD_OPTION' | 'CONTAINER_BAD_SYNTAX' = 'CONTAINER_BAD_OPTION',
): ContainerError {
  return new ContainerError(code, `Cannot mount "${text}": ${found}`, {
    hint: 'Use a form such as type=bind,source=/on/host,target=/data,readonly',
  })
}
