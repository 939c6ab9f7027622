import { describe, expect, test } from 'vitest'
import { type FlagTable, globalFlags } from '../../../cli/flags/flag-table.ts'
import { parseFlags } from '../../../cli/flags/parse-flags.ts'

const table = {
  tag: { kind: 'list', short: 't', help: '' },
  file: { kind: 'string', short: 'f', help: '' },
  push: { kind: 'bool', help: '' },
  quiet: { kind: 'bool', short: 'q', help: '' },
  detach: { kind: 'bool', short: 'd', help: '' },
  interactive: { kind: 'bool', short: 'i', help: '' },
  tty: { kind: 'bool', short: 'y', help: '' },
  network: { kind: 'string', help: '', aliases: ['net'], default: 'default', choices: ['default', 'none', 'host'] },
  progress: { kind: 'string', help: '', env: 'PROGRESS' },
  squash: { kind: 'bool', help: '', refused: { reason: 'layers are not merged', harmless: [] } },
  provenance: { kind: 'string', help: '', refused: { reason: 'there are none', harmless: ['false'] } },
} as const satisfies FlagTable

const none = {
  tag: [],
  file: undefined,
  push: false,
  quiet: false,
  detach: false,
  interactive: false,
  tty: false,
  network: 'default',
  progress: undefined,
  squash: false,
  provenance: undefined,
}

describe('parseFlags() follows pflag', () => {
  const rows: readonly [string, object, (readonly string[])?][] = [
    ['. ', {}, ['.']],
    ['--push=false .', {}, ['.']],
    ['--push=1', { push: true }],
    ['--push false', { push: true }, ['false']],
    ['-qf file .', { quiet: true, file: 'file' }, ['.']],
    ['-qffile', { quiet: true, file: 'file' }],
    ['-qf=file', { quiet: true, file: 'file' }],
    ['-f=file', { file: 'file' }],
    ['-f==file', { file: '=file' }],
    ['--file==file', { file: '=file' }],
    ['--file= .', { file: '' }, ['.']],
    ['-diy', { detach: true, interactive: true, tty: true }],
    ['-q=false -d=true', { detach: true }],
    ['-dq=false x', { detach: true }, ['x']],
    ['. -t a --tag b -tc --tag=d', { tag: ['a', 'b', 'c', 'd'] }, ['.']],
    ['-t -q .', { tag: ['-q'] }, ['.']],
    ['-f -', { file: '-' }],
    ['-', {}, ['-']],
    ['-q -- -d --push', { quiet: true }, ['-d', '--push']],
    ['--net=none', { network: 'none' }],
    ['--network host --network none', { network: 'none' }],
    ['--provenance=false', { provenance: 'false' }],
    ['--squash=false', {}],
  ]
  for (const [line, expected, positionals = []] of rows) {
    test(`"${line}"`, () => {
      const parsed = parseFlags(table, line.trim().split(' '), { env: {} })
      expect(parsed.values).toEqual({ ...none, ...expected })
      expect(parsed.positionals).toEqual(positionals)
    })
  }
})

describe('parseFlags() with flagsFirst leaves the rest to the container', () => {
  const rows: readonly [string, object, readonly string[]][] = [
    ['-d busybox ls -q --push', { detach: true }, ['busybox', 'ls', '-q', '--push']],
    [
      '-iy -f x busybox -q=nonsense --unknown',
      { interactive: true, tty: true, file: 'x' },
      ['busybox', '-q=nonsense', '--unknown'],
    ],
    ['-dq=true busybox -q=false', { detach: true, quiet: true }, ['busybox', '-q=false']],
    ['-- busybox -q', {}, ['busybox', '-q']],
    ['busybox -- ls', {}, ['busybox', '--', 'ls']],
  ]
  for (const [line, expected, positionals] of rows) {
    test(`"${line}"`, () => {
      const parsed = parseFlags(table, line.split(' '), { env: {}, flagsFirst: true })
      expect(parsed.values).toEqual({ ...none, ...expected })
      expect(parsed.positionals).toEqual(positionals)
    })
  }
})

describe('parseFlags() refuses', () => {
  const rows: readonly [string, string, string?][] = [
    ['--tga x', 'Cannot use "--tga": unknown flag', 'Did you mean "--tag"?'],
    ['-x', 'Cannot use "-x": unknown flag'],
    ['-qx', 'Cannot use "-x": unknown flag'],
    ['-x=1', 'Cannot use "-x": unknown flag'],
    ['--constructor', 'Cannot use "--constructor": unknown flag'],
    ['--__proto__=1', 'Cannot use "--__proto__": unknown flag'],
    ['--file', 'Cannot read "--file": the value is missing (expected --file string)'],
    ['-qf', 'Cannot read "-f": the value is missing (expected -f string)'],
    ['--push=maybe', 'Cannot read "--push": invalid value "maybe" (expected true or false)'],
    ['-q=maybe', 'Cannot read "--quiet": invalid value "maybe" (expected true or false)'],
    [
      '--network=hots',
      'Cannot read "--network": invalid value "hots" (expected default, none, host)',
      'Did you mean "host"?',
    ],
    ['--squash', 'Cannot use "--squash": layers are not merged'],
    ['--provenance=max', 'Cannot use "--provenance": there are none'],
  ]
  for (const [line, message, hint] of rows) {
    test(`"${line}"`, () => {
      const parse = () => parseFlags(table, line.split(' '), { env: {} })
      expect(parse).toThrow(expect.objectContaining({ message, hint }))
    })
  }
})

test('an empty --root is refused: it would be the current directory', () => {
  const message = 'Cannot read "--root": the value is empty (expected a directory)'
  for (const words of [['--root='], ['--root', '']])
    expect(() => parseFlags(globalFlags, words, { env: {} })).toThrow(message)
})

describe('parseFlags() and the environment', () => {
  test('an environment variable replaces a missing flag', () => {
    expect(parseFlags(table, [], { env: { PROGRESS: 'plain' } }).values.progress).toBe('plain')
  })
  test('a flag overrides the variable', () => {
    expect(parseFlags(table, ['--progress=tty'], { env: { PROGRESS: 'plain' } }).values.progress).toBe('tty')
  })
  test('an empty variable counts as absent', () => {
    expect(parseFlags(table, [], { env: { PROGRESS: '' } }).values.progress).toBeUndefined()
  })
})
