import { resolve } from 'node:path'
import { ContainerError } from './errors.ts'
import { isPropagation, parseMode, parseSize } from './mount-values.ts'
import type { MountPoint } from './record.ts'
import type { MountSpec } from './run-spec.ts'

/** `-v`: `/in/container`, `name:/in/container[:options]`, `/on/host:/in/container[:options]`. */
export function parseVolumeFlag(text: string): MountSpec {
  const [first = '', second, options = '', ...more] = text.split(':')
  if (first === '' || second === '' || more.length > 0)
    throw badVolume(text, 'not of the form [source:]place[:options]')
  if (second === undefined) return { kind: 'volume', target: first }
  const { readOnly, noCopy, propagation } = volumeOptions(text, options)
  const isPath = first.startsWith('/') || first.startsWith('.')
  if (!isPath) return { kind: 'volume', name: first, target: second, readOnly, noCopy }
  const source = resolve(first)
  return { kind: 'bind', source, target: second, readOnly, createSource: true, ...propagation }
}

/** `--tmpfs`: `/place[:size=64m,mode=1777,…]`. */
export function parseTmpfsFlag(text: string): MountSpec {
  const [, target = '', options = ''] = /^([^:]*)(?::(.*))?$/.exec(text) ?? []
  const values = new Map(options.split(',').map((option) => splitOption(option)))
  for (const key of values.keys()) if (!TMPFS_KEYS.has(key)) throw badMount(text, `option "${key}" (size, mode)`)
  return { kind: 'tmpfs', target, ...tmpfsOptions(text, values.get('size'), values.get('mode')) }
}

/** `--mount`: `type=bind,source=/a,target=/b,readonly`. Unknown keys are errors. SPEC: docker run --mount */
export function parseMountFlag(text: string): MountSpec {
  const values = new Map(text.split(',').map((option) => splitOption(option)))
  for (const key of values.keys()) if (!KEYS.has(key)) throw badMount(text, `unknown key "${key}"`)
  const value = (...keys: readonly string[]) => keys.map((key) => values.get(key)).find((found) => found !== undefined)
  const target = value('target', 'destination', 'dst')
  if (target === undefined || target === '') throw badMount(text, 'target is missing')
  const source = value('source', 'src')
  const readOnly = isTrue(value('readonly', 'ro'))
  switch (value('type') ?? 'volume') {
    case 'bind':
      if (source === undefined) throw badMount(text, 'source is missing')
      return {
        kind: 'bind',
        source: resolve(source),
        target,
        readOnly,
        ...propagationOf(text, value('bind-propagation')),
      }
    case 'volume':
      return {
        kind: 'volume',
        ...(source ? { name: source } : {}),
        target,
        readOnly,
        noCopy: isTrue(value('volume-nocopy')),
      }
    case 'tmpfs':
      return { kind: 'tmpfs', target, ...tmpfsOptions(text, value('tmpfs-size'), value('tmpfs-mode')) }
    default:
      throw badMount(text, `type "${value('type')}" (bind, volume or tmpfs)`)
  }
}

/** The last ones say what is so anyway. */
const TMPFS_KEYS: ReadonlySet<string> = new Set(['', 'size', 'mode', 'rw', 'nosuid', 'nodev', 'exec'])

const KEYS: ReadonlySet<string> = new Set(
  'type source src target destination dst readonly ro bind-propagation volume-nocopy tmpfs-size tmpfs-mode'.split(' '),
)

/** A key without a value is true. */
function splitOption(option: string): readonly [string, string] {
  const at = option.indexOf('=')
  return at < 0 ? [option, 'true'] : [option.slice(0, at), option.slice(at + 1)]
}

function volumeOptions(text: string, options: string) {
  let readOnly = false
  let noCopy = false
  let propagation: { propagation?: NonNullable<MountPoint['propagation']> } = {}
  for (const option of options.split(',').filter((word) => word !== '')) {
    if (option === 'ro') readOnly = true
    else if (option === 'nocopy') noCopy = true
    else if (isPropagation(option)) propagation = { propagation: option }
    // SELinux labels mean nothing on a machine without SELinux, and docker accepts them there too.
    else if (option !== 'rw' && option !== 'z' && option !== 'Z') throw badVolume(text, `option "${option}"`)
  }
  return { readOnly, noCopy, propagation }
}

function tmpfsOptions(text: string, size: string | undefined, mode: string | undefined) {
  const sizeBytes = size === undefined ? undefined : parseSize(size)
  const modeBits = mode === undefined ? undefined : parseMode(mode)
  if (Number.isNaN(sizeBytes)) throw badMount(text, `size "${size}" (such as 64m)`)
  if (Number.isNaN(modeBits)) throw badMount(text, `mode "${mode}" (octal, such as 1777)`)
  return { ...(sizeBytes === undefined ? {} : { sizeBytes }), ...(modeBits === undefined ? {} : { mode: modeBits }) }
}

function propagationOf(text: string, word: string | undefined) {
  if (word === undefined) return {}
  if (isPropagation(word)) return { propagation: word }
  throw badMount(text, `bind-propagation "${word}" (private, rprivate, shared, rshared, slave or rslave)`)
}

function isTrue(text: string | undefined): boolean {
  return text !== undefined && /^(true|1)$/i.test(text)
}

function badVolume(text: string, found: string): ContainerError {
  return new ContainerError('CONTAINER_BAD_OPTION', `Cannot mount volume "${text}": ${found}`, {
    hint: 'Such as -v /data, -v name:/data:ro, -v /on/host:/data',
  })
}

function badMount(text: string, found: string): ContainerError {
  return new ContainerError('CONTAINER_BAD_OPTION', `Cannot mount "${text}": ${found}`, {
    hint: 'Such as type=bind,source=/on/host,target=/data,readonly',
  })
}
