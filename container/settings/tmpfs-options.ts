import type { Mount } from '../../sandbox-native/driver/index.ts'
import { ContainerError } from '../contract/errors.ts'
import { parseMode } from './mount-values.ts'

type TmpfsFlags = NonNullable<Extract<Mount, { kind: 'tmpfs' }>['flags']>

export interface TmpfsOptions {
  readonly options: readonly (readonly [string, string])[]
  readonly flags: TmpfsFlags
}

const SIZE = /^\d{1,18}[kmgtpe]?%?$/i
const COUNT = /^\d{1,18}[kmg]?$/i
const ID = /^\d{1,10}$/

/** SPEC: moby pkg/mount, MergeTmpfsOptions: options with a value; tmpfs(5) for the values. */
const VALUES: Readonly<Record<string, (value: string) => boolean>> = {
  size: (value) => SIZE.test(value),
  nr_blocks: (value) => COUNT.test(value),
  nr_inodes: (value) => COUNT.test(value),
  mode: (value) => !Number.isNaN(parseMode(value)),
  uid: (value) => ID.test(value),
  gid: (value) => ID.test(value),
  mpol: (value) => /^[a-z]+(?:[=:][\w:,-]+)?$/.test(value),
}

type Bit = 'ro' | 'noexec' | 'suid' | 'sync' | 'dirsync' | 'noatime' | 'nodiratime' | 'strictatime'

/** The flag set by each word: the last of contradictory words wins. */
const WORDS: Readonly<Record<string, readonly [Bit, boolean]>> = {
  ro: ['ro', true],
  rw: ['ro', false],
  noexec: ['noexec', true],
  exec: ['noexec', false],
  suid: ['suid', true],
  nosuid: ['suid', false],
  sync: ['sync', true],
  async: ['sync', false],
  dirsync: ['dirsync', true],
  noatime: ['noatime', true],
  atime: ['noatime', false],
  nodiratime: ['nodiratime', true],
  diratime: ['nodiratime', false],
  strictatime: ['strictatime', true],
  nostrictatime: ['strictatime', false],
}

/** In effect anyway: device nodes never work, and mounts of a container are private. */
const DEFAULTS: ReadonlySet<string> = new Set([
  '',
  'defaults',
  'nodev',
  'relatime',
  'norelatime',
  'private',
  'rprivate',
])

/**
 * Parses the options of `--tmpfs`, over docker's defaults `noexec,nosuid,nodev`. Throws for unknown and unsupported
 * options.
 */
export function parseTmpfsOptions(text: string): TmpfsOptions {
  const options = new Map<string, string>()
  const flags = new Map<Bit, boolean>([['noexec', true]])
  for (const word of text.split(',').filter((option) => !DEFAULTS.has(option))) {
    const flag = WORDS[word]
    const [key = '', value = ''] = word.split(/=(.*)/s, 2)
    if (flag !== undefined) flags.set(...flag)
    else if (VALUES[key]?.(value) === true) options.set(key, value)
    else throw badOption(word, VALUES[key] !== undefined)
  }
  return {
    options: [...options],
    flags: [...flags].flatMap(([bit, isSet]) => (isSet ? [bit] : [])),
  }
}

function badOption(word: string, isKnown: boolean): ContainerError {
  const known = [...Object.keys(VALUES).map((key) => `${key}=`), ...Object.keys(WORDS)].join(', ')
  const found = isKnown
    ? `its value cannot be parsed`
    : word === 'dev'
      ? 'device nodes can be used in /dev only'
      : `no such option (${known})`
  return new ContainerError('CONTAINER_BAD_OPTION', `Cannot mount a tmpfs with "${word}": ${found}`, {
    hint: 'Use a form such as --tmpfs /run:size=64m,mode=1777,exec',
  })
}
