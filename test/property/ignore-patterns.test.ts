import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { trees, workspace } from '../support/trees.ts'

/** The files that a context with these ignore patterns contains. */
async function kept(files: readonly string[], ignore: readonly string[]): Promise<readonly string[]> {
  const directory = workspace()
  const root = join(directory, 'context')
  mkdirSync(root)
  for (const file of files) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), '')
  }
  const manifestDirectory = join(directory, 'manifests')
  mkdirSync(manifestDirectory)
  const source = { kind: 'directory', root, ignore } as const
  await trees.digest({ items: [{ source, selection: { paths: ['.'] }, manifestDirectory }] })
  const [manifest = ''] = readdirSync(manifestDirectory)
  const lines = readFileSync(join(manifestDirectory, manifest), 'utf8').split('\n')
  const names = new Set(lines.map((line) => line.slice(0, line.lastIndexOf('\t'))))
  return files.filter((file) => names.has(file))
}

/**
 * Pattern, file, and whether it is ignored, by the rules of the .dockerignore reference: Go's filepath.Match for each
 * part, `**` for any number of directories, and a match of a parent applies.
 */
const vectors: readonly (readonly [pattern: string, file: string, isIgnored: boolean])[] = [
  ['file', 'file', true],
  ['file', 'dir/file', false],
  ['dir', 'dir/file', true],
  ['dir', 'dir/sub/file', true],
  ['dir', 'directory/file', false],
  ['dir/file', 'dir/file', true],
  ['*', 'file', true],
  ['*', 'dir/file', true],
  ['*/*', 'file', false],
  ['*/*', 'dir/file', true],
  ['*/temp*', 'a/temporary', true],
  ['*/temp*', 'a/b/temporary', false],
  ['*/*/temp*', 'a/b/temporary', true],
  ['temp?', 'tempa', true],
  ['temp?', 'temp', false],
  ['temp?', 'tempab', false],
  ['?', 'a', true],
  ['?', 'ü', true],
  ['?', 'ab', false],
  ['a?b', 'a/b', false],
  ['a*b', 'a/b', false],
  ['*.go', 'main.go', true],
  ['*.go', 'pkg/main.go', false],
  ['**/*.go', 'main.go', true],
  ['**/*.go', 'pkg/deep/main.go', true],
  ['**/*.go', 'main.gox', false],
  ['**', 'a/b/c', true],
  ['**/', 'a', true],
  ['**/dir', 'dir/x', true],
  ['**/dir', 'a/b/dir/x', true],
  ['**/dir', 'a/dirx/x', false],
  ['**dir', 'a/xdir', true],
  ['**/dir2/*', 'dir/dir2/file', true],
  ['**/dir2/*', 'dir/dir3/file', false],
  ['**/dir2/**', 'dir/dir2/dir2/file', true],
  ['a/**', 'a/b/c', true],
  ['a/**', 'ab/c', false],
  ['a/**/b', 'a/b', true],
  ['a/**/b', 'a/x/y/b', true],
  ['a/**/b', 'a/xb', false],
  ['a**/b', 'a/b', true],
  ['a**/b', 'axx/b', true],
  ['**/**/*.txt', 'f.txt', true],
  ['**/**/*.txt', 'a/b/f.txt', true],
  ['a**b/c', 'ab/c', true],
  ['[abc]', 'b', true],
  ['[a-c]x', 'bx', true],
  ['[a-c]x', 'dx', false],
  ['[^a-c]x', 'dx', true],
  ['[^a-c]x', 'ax', false],
  ['[!a]x', 'bx', false],
  ['[\\]]', ']', true],
  ['[\\-a]', '-', true],
  ['\\*', '*', true],
  ['\\*', 'x', false],
  ['a\\?', 'a?', true],
  ['a.b', 'axb', false],
  ['a+b', 'a+b', true],
  ['a+b', 'aab', false],
  ['(a)', '(a)', true],
  ['a|b', 'a', false],
  ['{a,b}', 'a', false],
  ['{a,b}', '{a,b}', true],
  ['$x', '$x', true],
  ['^x', '^x', true],
  ['FILE', 'file', false],
  ['Ünï*', 'Ünïcode', true],
  ['./file', 'file', true],
  ['dir/../file', 'file', true],
  ['dir//file', 'dir/file', true],
  [' file ', 'file', true],
  ['.*', '.hidden', true],
  ['.*', 'shown', false],
  ['*.', 'x', false],
]

test.each(vectors)('the pattern "%s" and the file "%s": ignored %s', async (pattern, file, isIgnored) => {
  expect(await kept([file], [pattern])).toEqual(isIgnored ? [] : [file])
})

test('a pattern among very many has the same result', async () => {
  const many = Array.from({ length: 100 }, (_, number) => `no-such-name-${number}`)
  for (const [pattern, file, isIgnored] of vectors)
    expect(await kept([file], [...many, pattern, '!no-such-name']), pattern).toEqual(isIgnored ? [] : [file])
})

const FILES = ['README.md', 'a/b/c', 'a/b/d', 'a/x', 'docs/a.md', 'docs/secret.md', 'node_modules/p/index.js', 'z.log']

test.each([
  [
    'the last match decides',
    ['*.md', '!README.md'],
    ['a/b/c', 'a/b/d', 'a/x', 'docs/a.md', 'docs/secret.md', 'node_modules/p/index.js', 'z.log', 'README.md'],
  ],
  [
    'a later pattern takes back what came back',
    ['**/*.md', '!**/*.md', '**/secret.md'],
    FILES.filter((file) => file !== 'docs/secret.md'),
  ],
  [
    'an exception comes back under an ignored directory',
    ['a', '!a/b/c'],
    FILES.filter((file) => !/^a\/(x|b\/d)$/.test(file)),
  ],
  ['everything but one directory', ['*', '!a'], ['a/b/c', 'a/b/d', 'a/x']],
  ['everything but one file', ['**', '!a/b/c'], ['a/b/c']],
  ['an exception by a wildcard below', ['**', '!**/*.js'], ['node_modules/p/index.js']],
  ['an exception before the pattern does nothing', ['!z.log', '*.log'], FILES.filter((file) => file !== 'z.log')],
  [
    'an exception of the directory does not undo a pattern for its content',
    ['a/b', '!a'],
    FILES.filter((file) => !file.startsWith('a/b/')),
  ],
  ['empty lines are nothing', ['', '  '], FILES],
])('%s', async (_, ignore, expected) => {
  expect(await kept(FILES, ignore)).toEqual(FILES.filter((file) => expected.includes(file)))
})

test.each(['[', 'a[', '[]a]', '[-x]', '[a-]', 'x\\', '!', '[a'])(
  'the malformed pattern "%s" is refused',
  async (pattern) => {
    await expect(kept(['x'], [pattern])).rejects.toMatchObject({ code: 'TREE_PATTERN' })
  },
)

test('a pattern with many wildcards takes no longer than a simple one', async () => {
  const name = 'a'.repeat(120)
  const pattern = `${'*a'.repeat(40)}b`
  expect(await kept([name], [pattern, `**/${'**/'.repeat(30)}${pattern}`])).toEqual([name])
})

test('ignoring a directory hides everything in it, whatever the names', async () => {
  const name = fc.stringMatching(/^[a-c.*[]{1,3}$/).filter((part) => part !== '.' && part !== '..')
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(name, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
      async (paths) => {
        const files = paths.map((parts) =>
          ['top', ...parts.map((part, at) => (at === parts.length - 1 ? `${part}.f` : part))].join('/'),
        )
        expect(await kept([...new Set(files)], ['top'])).toEqual([])
        expect(await kept([...new Set(files)], ['other', '!top'])).toEqual([...new Set(files)])
      },
    ),
    { numRuns: 15 },
  )
})
