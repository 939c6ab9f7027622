import { expect, test } from 'vitest'
import type { LayerSource } from '../../../sandbox-native/driver/index.ts'
import { mergedListing, shell, sourceOnly, treeOf, workspace, writeLayer } from '../../support/trees.ts'

/** A context, the base, the copy, and docker's result: expected lines of `tar -tv`. */
const cases: readonly {
  readonly promise: string
  readonly context: string
  readonly base?: string
  readonly paths: readonly string[]
  readonly to: string
  readonly more?: { readonly owner?: string; readonly mode?: string; readonly link?: boolean }
  readonly expected: readonly string[]
}[] = [
  {
    promise: 'a directory lends its content, not itself, and a new destination is plain',
    context: 'mkdir -m 700 d d/sub; chmod 711 d/sub; echo a > d/a; chmod 640 d/a',
    paths: ['d'],
    to: '/x',
    expected: ['drwxr-xr-x 0/0 x/', '-rw-r----- 0/0 x/a', 'drwx--x--x 0/0 x/sub/'],
  },
  {
    promise: 'an existing destination directory keeps its mode, one below takes that of the source',
    context: 'mkdir -p d/sub; chmod 711 d/sub; echo a > d/a; chmod 644 d/a',
    base: 'mkdir -p x/sub; chmod 1777 x x/sub; chown 9:9 x/sub; echo old > x/sub/old; chmod 644 x/sub/old',
    paths: ['d'],
    to: '/x',
    expected: ['drwxrwxrwt 0/0 x/', '-rw-r--r-- 0/0 x/a', 'drwx--x--x 0/0 x/sub/', '-rw-r--r-- 0/0 x/sub/old'],
  },
  {
    promise: 'a file goes into an existing directory without a slash',
    context: 'echo f > f; chmod 644 f',
    base: 'mkdir x',
    paths: ['f'],
    to: '/x',
    expected: ['drwxr-xr-x 0/0 x/', '-rw-r--r-- 0/0 x/f'],
  },
  {
    promise: 'a trailing slash makes the directory',
    context: 'echo f > f; chmod 644 f',
    paths: ['f'],
    to: '/a/b/',
    expected: ['drwxr-xr-x 0/0 a/', 'drwxr-xr-x 0/0 a/b/', '-rw-r--r-- 0/0 a/b/f'],
  },
  {
    promise: 'links in the destination are followed within the root',
    context: 'echo f > f; chmod 644 f',
    base: 'mkdir real; ln -s /real abs; ln -s ../../../../real up',
    paths: ['f'],
    to: '/up/',
    expected: [
      'lrwxrwxrwx 0/0 abs -> /real',
      'drwxr-xr-x 0/0 real/',
      '-rw-r--r-- 0/0 real/f',
      'lrwxrwxrwx 0/0 up -> ../../../../real',
    ],
  },
  {
    promise: 'a link that leads nowhere leads to what is made',
    context: 'echo f > f; chmod 644 f',
    base: 'ln -s /nowhere x',
    paths: ['f'],
    to: '/x/',
    expected: ['drwxr-xr-x 0/0 nowhere/', '-rw-r--r-- 0/0 nowhere/f', 'lrwxrwxrwx 0/0 x -> /nowhere'],
  },
  {
    promise: '--link does not look at the base',
    context: 'echo f > f; chmod 644 f',
    base: 'mkdir real; ln -s /real x',
    paths: ['f'],
    to: '/x/',
    more: { link: true },
    expected: ['drwxr-xr-x 0/0 real/', 'drwxr-xr-x 0/0 x/', '-rw-r--r-- 0/0 x/f'],
  },
  {
    promise: 'a link of the base is replaced by a copied file of its name',
    context: 'mkdir d; echo f > d/f; chmod 644 d/f',
    base: 'mkdir x; echo safe > safe; chmod 644 safe; ln -s /safe x/f',
    paths: ['d'],
    to: '/x',
    expected: ['-rw-r--r-- 0/0 safe', 'drwxr-xr-x 0/0 x/', '-rw-r--r-- 0/0 x/f'],
  },
  {
    promise: 'an owner by name is looked up in the base and owns the parents too',
    context: 'echo f > f; chmod 600 f',
    base: 'mkdir etc; echo alice:x:1000:2000::/: > etc/passwd; echo staff:x:50: > etc/group; chmod 644 etc/*',
    paths: ['f'],
    to: '/a/b/',
    more: { owner: 'alice' },
    expected: [
      'drwxr-xr-x 1000/2000 a/',
      'drwxr-xr-x 1000/2000 a/b/',
      '-rw------- 1000/2000 a/b/f',
      'drwxr-xr-x 0/0 etc/',
      '-rw-r--r-- 0/0 etc/group',
      '-rw-r--r-- 0/0 etc/passwd',
    ],
  },
  {
    promise: 'a numeric owner is its own group, and a group by name is looked up',
    context: 'echo f > f; chmod 600 f',
    base: 'mkdir etc; echo staff:x:50: > etc/group; chmod 644 etc/*',
    paths: ['f'],
    to: '/f',
    more: { owner: '1234' },
    expected: ['drwxr-xr-x 0/0 etc/', '-rw-r--r-- 0/0 etc/group', '-rw------- 1234/1234 f'],
  },
  {
    promise: 'an octal mode holds for files and directories of the source and for created parents',
    context: 'mkdir -p d/sub; echo a > d/a; ln -s a d/l',
    paths: ['d'],
    to: '/p/x/',
    more: { mode: '4711' },
    expected: [
      'drwx--x--x 0/0 p/',
      'drwx--x--x 0/0 p/x/',
      '-rws--x--x 0/0 p/x/a',
      'lrwxrwxrwx 0/0 p/x/l -> a',
      'drws--x--x 0/0 p/x/sub/',
    ],
  },
  {
    promise: 'a symbolic mode changes what each file has',
    context: 'mkdir -p d/sub; echo a > d/a; echo x > d/x; chmod 600 d/a; chmod 700 d/x d/sub',
    paths: ['d'],
    to: '/x/',
    more: { mode: 'u=rwX,go=rX' },
    expected: ['drwxr-xr-x 0/0 x/', '-rw-r--r-- 0/0 x/a', 'drwxr-xr-x 0/0 x/sub/', '-rwxr-xr-x 0/0 x/x'],
  },
]

test.each(cases)('copy: $promise', async ({ context, base, paths, to, more, expected }) => {
  const directory = workspace()
  shell(directory, `umask 022; mkdir context base; (cd context; ${context}); cd base; ${base ?? 'true'}`)
  const bases: LayerSource[] = [treeOf(`${directory}/base`)]
  const source = { kind: 'directory', root: `${directory}/context`, ignore: [] } as const
  const layer = await writeLayer(directory, bases, [{ kind: 'copy', source, selection: { paths }, to, ...more }])
  expect(await mergedListing(directory, [sourceOnly(layer), ...bases])).toEqual(expected)
})

test.each([
  { promise: 'a directory does not replace a file', context: 'mkdir d', base: 'echo x > x', paths: ['d'], to: '/x' },
  {
    promise: 'a file does not replace a directory',
    context: 'echo f > f',
    base: 'mkdir -p x/f',
    paths: ['f'],
    to: '/x/',
  },
  {
    promise: 'a directory does not replace a link',
    context: 'mkdir -p d/s',
    base: 'mkdir x; ln -s /x x/s',
    paths: ['d'],
    to: '/x',
  },
  { promise: 'a file is not a parent', context: 'echo f > f', base: 'echo x > x', paths: ['f'], to: '/x/y' },
  {
    promise: 'several sources need a directory',
    context: 'echo f > f; echo g > g',
    base: 'true',
    paths: ['f', 'g'],
    to: '/x',
  },
])('copy: $promise', async ({ context, base, paths, to }) => {
  const directory = workspace()
  shell(directory, `mkdir context base; (cd context; ${context}); cd base; ${base}`)
  const source = { kind: 'directory', root: `${directory}/context`, ignore: [] } as const
  await expect(
    writeLayer(directory, [treeOf(`${directory}/base`)], [{ kind: 'copy', source, selection: { paths }, to }]),
  ).rejects.toMatchObject({ code: 'TREE_DESTINATION' })
})
