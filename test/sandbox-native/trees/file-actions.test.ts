import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { FileAction } from '../../../sandbox-native/driver/index.ts'
import { listTar, mergedListing, shell, sourceOnly, treeOf, trees, workspace, writeLayer } from '../../support/trees.ts'

const content = (text: string) => Buffer.from(text).toString('base64')

const cases: readonly (readonly [
  promise: string,
  base: string,
  actions: readonly FileAction[],
  expected: readonly string[],
])[] = [
  [
    'mkdir creates all parents for the owner',
    'mkdir etc; echo app:x:10:20::/: > etc/passwd',
    [{ kind: 'mkdir', path: '/srv/app', mode: 0o750, owner: 'app' }],
    ['drwxr-x--- 10/20 srv/', 'drwxr-x--- 10/20 srv/app/'],
  ],
  [
    'mkdir of an existing directory changes nothing',
    'mkdir -m 700 srv',
    [{ kind: 'mkdir', path: '/srv', mode: 0o755 }],
    [],
  ],
  [
    'mkdir follows links of the base',
    'mkdir real; ln -s real l',
    [{ kind: 'mkdir', path: '/l/d', mode: 0o755 }],
    ['drwxr-xr-x 0/0 real/', 'drwxr-xr-x 0/0 real/d/'],
  ],
  [
    'mkfile writes bytes with mode and owner',
    'true',
    [{ kind: 'mkfile', path: '/a/f', contentBase64: content('text'), mode: '0640', owner: '3:4' }],
    ['drwxr-xr-x 3/4 a/', '-rw-r----- 3/4 a/f'],
  ],
  [
    'rm of a file of the base is a whiteout',
    'mkdir d; echo x > d/f',
    [{ kind: 'rm', path: '/d/f', allowMissing: false }],
    ['drwxr-xr-x 0/0 d/', '---------- 0/0 d/.wh.f'],
  ],
  [
    'rm removes a link, not its target',
    'echo x > f; ln -s f l',
    [{ kind: 'rm', path: '/l', allowMissing: false }],
    ['---------- 0/0 .wh.l'],
  ],
  ['rm of a missing path may be allowed', 'true', [{ kind: 'rm', path: '/no', allowMissing: true }], []],
  [
    'a path that was created and removed is absent',
    'true',
    [
      { kind: 'mkdir', path: '/d/e', mode: 0o755 },
      { kind: 'rm', path: '/d/e', allowMissing: false },
    ],
    ['drwxr-xr-x 0/0 d/'],
  ],
  [
    'a directory created again hides the old one',
    'mkdir d; echo x > d/old',
    [
      { kind: 'rm', path: '/d', allowMissing: false },
      { kind: 'mkdir', path: '/d', mode: 0o755 },
    ],
    ['drwxr-xr-x 0/0 d/', '---------- 0/0 d/.wh..wh..opq'],
  ],
  [
    'a directory in the place of a link or file hides nothing below it',
    'mkdir d; echo x > d/old; ln -s d l; echo x > f',
    [
      { kind: 'rm', path: '/l', allowMissing: false },
      { kind: 'mkdir', path: '/l', mode: 0o755 },
      { kind: 'rm', path: '/f', allowMissing: false },
      { kind: 'mkdir', path: '/f', mode: 0o755 },
    ],
    ['drwxr-xr-x 0/0 f/', 'drwxr-xr-x 0/0 l/'],
  ],
]

test.each(cases)('%s', async (_, base, actions, expected) => {
  const directory = workspace()
  shell(directory, `umask 022; mkdir base; cd base; ${base}`)
  const layer = await writeLayer(directory, [treeOf(join(directory, 'base'))], actions)
  expect(listTar(layer.path)).toEqual(expected)
  expect(layer.entryCount).toBe(expected.length)
})

test('a missing file cannot be removed unless that is allowed', async () => {
  await expect(writeLayer(workspace(), [], [{ kind: 'rm', path: '/no', allowMissing: false }])).rejects.toMatchObject({
    code: 'TREE_MISSING',
  })
})

test('times are as requested, and the same actions give the same bytes', async () => {
  const directory = workspace()
  const actions: readonly FileAction[] = [
    { kind: 'mkdir', path: '/d/e', mode: 0o755, mtimeSeconds: 1_000_000_000 },
    { kind: 'mkfile', path: '/d/f', contentBase64: content('x'), mode: '644', mtimeSeconds: 2_000_000_000 },
  ]
  const one = await writeLayer(directory, [], actions)
  const two = await writeLayer(directory, [], actions)
  expect(one.diffId).toBe(two.diffId)
  expect(readFileSync(one.path).equals(readFileSync(two.path))).toBe(true)
  expect(shell(directory, `TZ=UTC tar --full-time -tvf ${one.path} | awk '{print $4}'`)).toBe(
    // The directory has the time of its last entry.
    '2033-05-18\n2001-09-09\n2033-05-18\n',
  )
})

test('files are read from a layer that was never unpacked', async () => {
  const directory = workspace()
  const first = await writeLayer(
    directory,
    [],
    [
      { kind: 'mkfile', path: '/etc/passwd', contentBase64: content('bob:x:77:88::/:\n'), mode: '644' },
      { kind: 'mkfile', path: '/big', contentBase64: content('b'.repeat(300_000)), mode: '600' },
    ],
  )
  const layers = [sourceOnly(first)]
  const second = await writeLayer(directory, layers, [
    { kind: 'copy', source: { kind: 'layers', layers }, selection: { paths: ['/big'] }, to: '/copy', owner: 'bob' },
    { kind: 'copy', source: { kind: 'layers', layers }, selection: { paths: ['/etc'] }, to: '/kept/', owner: 'keep' },
  ])
  expect(await mergedListing(directory, [sourceOnly(second), ...layers])).toContain('-rw------- 77/88 copy')
  const out = join(directory, 'out')
  await trees.flatten({ layers: [sourceOnly(second)], output: { kind: 'directory', path: out } })
  expect(readFileSync(join(out, 'copy'), 'utf8')).toBe('b'.repeat(300_000))
})
