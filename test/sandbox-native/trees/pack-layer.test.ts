import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { LayerSource } from '../../../sandbox-native/driver/index.ts'
import { listTar, mergedListing, shell, treeOf, trees, workspace } from '../../support/trees.ts'

/** Runs a script in an overlay mount of a base, as a step would, and packs the changes. */
async function packChanges(base: string, script: string): Promise<{ lines: readonly string[]; directory: string }> {
  const directory = workspace()
  shell(directory, `umask 022; mkdir base upper work merged; cd base; ${base}`)
  shell(
    directory,
    `unshare --mount bash -ec 'mount -t overlay overlay -o lowerdir=base,upperdir=upper,workdir=work merged; cd merged; umask 022; ${script}'`,
  )
  await packTree(directory, join(directory, 'packed.tar'))
  return { lines: listTar(join(directory, 'packed.tar')), directory }
}

function packTree(directory: string, path: string) {
  return trees.packLayer({
    layer: treeOf(join(directory, 'upper')),
    base: [treeOf(join(directory, 'base'))],
    output: { path, compression: 'none' },
  })
}

const cases: readonly (readonly [promise: string, base: string, script: string, expected: readonly string[]])[] = [
  ['nothing changed is not an entry', 'echo a > a', 'cat a', []],
  [
    'a new file comes with its parents',
    'mkdir -p p/q',
    'echo n > p/q/n',
    ['drwxr-xr-x 0/0 p/', 'drwxr-xr-x 0/0 p/q/', '-rw-r--r-- 0/0 p/q/n'],
  ],
  ['a deleted file is a whiteout', 'mkdir p; echo a > p/a', 'rm p/a', ['drwxr-xr-x 0/0 p/', '---------- 0/0 p/.wh.a']],
  ['a deleted directory is one whiteout', 'mkdir -p p/q; echo a > p/q/a', 'rm -r p', ['---------- 0/0 .wh.p']],
  ['a file that was created and removed is not an entry', 'mkdir p', 'echo x > p/x; rm p/x', []],
  [
    'a directory that was created again deletes its previous content, as in BuildKit',
    'mkdir -p p/q; echo a > p/a; echo k > p/k; echo d > p/q/d; echo e > p/q/e; touch -d @1 p/k p/q/d',
    'rm -r p; mkdir -p p/q; echo b > p/b; echo k > p/k; echo d > p/q/d; touch -d @1 p/k p/q/d',
    [
      'drwxr-xr-x 0/0 p/',
      '---------- 0/0 p/.wh.a',
      '-rw-r--r-- 0/0 p/b',
      'drwxr-xr-x 0/0 p/q/',
      '---------- 0/0 p/q/.wh.e',
    ],
  ],
  ['a directory moved away and back is not an entry', 'mkdir p; echo a > p/a', 'cp -a p q; rm -r p; mv q p', []],
  ['a mode change alone is an entry', 'echo a > a', 'chmod 4700 a', ['-rws------ 0/0 a']],
  ['a mode change of a directory brings no content', 'mkdir p; echo a > p/a', 'chmod 700 p', ['drwx------ 0/0 p/']],
  ['a touched directory alone is not an entry', 'mkdir p', 'touch p', []],
  ['a file copied up and left as it was is not an entry', 'echo a > a', 'chmod 600 a; chmod 644 a', []],
  ['an owner change is an entry', 'echo a > a', 'chown 5:6 a', ['-rw-r--r-- 5/6 a']],
  ['a file in place of a directory', 'mkdir p; echo a > p/a', 'rm -r p; echo f > p', ['-rw-r--r-- 0/0 p']],
  [
    'a directory in place of a file',
    'echo f > p',
    'rm p; mkdir p; echo a > p/a',
    ['drwxr-xr-x 0/0 p/', '-rw-r--r-- 0/0 p/a'],
  ],
  ['a link in place of a directory', 'mkdir p; echo a > p/a', 'rm -r p; ln -s / p', ['lrwxrwxrwx 0/0 p -> /']],
  ['a renamed file', 'echo a > a', 'mv a b', ['---------- 0/0 .wh.a', '-rw-r--r-- 0/0 b']],
  [
    'new names of one file are hard links',
    'true',
    'echo a > a; ln a b; ln a c',
    ['-rw-r--r-- 0/0 a', 'hrw-r--r-- 0/0 b link to a', 'hrw-r--r-- 0/0 c link to a'],
  ],
  [
    'a new name of a file of the base brings all names',
    'echo a > a',
    'ln a b',
    ['-rw-r--r-- 0/0 a', 'hrw-r--r-- 0/0 b link to a'],
  ],
  ['fifos and devices', 'true', 'mkfifo f; mknod n c 1 3', ['prw-r--r-- 0/0 f', 'crw-r--r-- 0/0 n']],
]

test.each(cases)('%s', async (_, base, script, expected) => {
  const { lines, directory } = await packChanges(base, script)
  expect(lines).toEqual(expected)
  // Unpacked over the same base, the layer produces the tree that the step saw.
  const tree = join(directory, 'again')
  await trees.unpackLayer({ blob: join(directory, 'packed.tar'), tree, base: [treeOf(join(directory, 'base'))] })
  const over = (top: string): readonly LayerSource[] => [treeOf(top), treeOf(join(directory, 'base'))]
  expect(await mergedListing(directory, over(tree))).toEqual(
    await mergedListing(directory, over(join(directory, 'upper'))),
  )
})

test('file capabilities and user attributes are packed, those of overlayfs are not', async () => {
  const { directory } = await packChanges(
    'mkdir p; echo a > p/a',
    `rm -r p; mkdir p; echo x > p/x; python3 -c "import os; os.setxattr(\\"p/x\\", \\"user.note\\", b\\"n\\")"; setcap cap_net_raw+ep p/x || python3 -c "import os; os.setxattr(\\"p/x\\", \\"security.capability\\", bytes.fromhex(\\"0100000200200000000000000000000000000000\\"))"`,
  )
  const text = readFileSync(join(directory, 'packed.tar'), 'latin1')
  expect(text).toContain('SCHILY.xattr.security.capability=')
  expect(text).toContain('SCHILY.xattr.user.note=n\n')
  expect(text).not.toContain('overlay')
})

test('times are whole seconds, as written by docker', async () => {
  const { directory } = await packChanges('true', 'echo a > a; touch -d @1234567890.987654321 a')
  const listing = shell(directory, 'TZ=UTC tar --full-time -tvf packed.tar')
  expect(listing).toContain('2009-02-13 23:31:30 a')
})

test('the same tree produces the same bytes, plain and compressed, and every tool reads them', async () => {
  const { directory } = await packChanges(
    'true',
    'mkdir d; for i in $(seq 300); do head -c 20000 /dev/urandom > d/$i; done',
  )
  const base = [treeOf(join(directory, 'base'))]
  const plain = await packTree(directory, join(directory, 'plain'))
  for (const [compression, unpack] of [
    ['gzip', 'gzip -dc'],
    ['zstd', 'zstd -dc'],
  ] as const) {
    const pack = (name: string) =>
      trees.packLayer({
        layer: treeOf(join(directory, 'upper')),
        base,
        output: { path: join(directory, name), compression },
      })
    const one = await pack('one')
    expect(await pack('two')).toEqual(one)
    expect(one.diffId).toBe(plain.diffId)
    expect(one.digest).toBe(
      `sha256:${createHash('sha256')
        .update(readFileSync(join(directory, 'one')))
        .digest('hex')}`,
    )
    expect(one.outputSizeBytes).toBe(statSync(join(directory, 'one')).size)
    shell(directory, `${unpack} < one | cmp - plain; cmp one two`)
    const again = await trees.packLayer({ layer: { kind: 'blob', path: join(directory, 'one') }, base: [] })
    expect(again).toEqual({
      diffId: plain.diffId,
      sizeBytes: plain.sizeBytes,
      entryCount: plain.entryCount,
      contentBytes: plain.contentBytes,
    })
  }
})

test('incompressible blocks are stored, others compressed, and a requested level applies to all', async () => {
  const { directory } = await packChanges(
    'true',
    // Every byte below 240: compression gains about one percent.
    'head -c 6500000 /dev/urandom | tr -d "\\360-\\377" | head -c 4M > media; yes text | head -c 4M > text',
  )
  const pack = (level?: number) =>
    trees.packLayer({
      layer: { kind: 'blob', path: join(directory, 'packed.tar') },
      base: [],
      output: { path: join(directory, `level-${level ?? ''}`), compression: 'gzip', ...(level && { level }) },
    })
  const chosen = await pack()
  const asked = await pack(6)
  expect(chosen.outputSizeBytes).toBeGreaterThan(3 << 20)
  expect(chosen.outputSizeBytes).toBeLessThan(4.5 * 2 ** 20)
  expect(asked.outputSizeBytes).toBeLessThan((chosen.outputSizeBytes ?? 0) - 10_000)
  shell(directory, 'for level in level- level-6; do gzip -dc < $level | cmp - packed.tar; done')
})

test('later times are clamped, in trees and in blobs', async () => {
  const { directory } = await packChanges('true', 'echo a > a; touch -d @2000000000 a; echo b > b; touch -d @100 b')
  const maxMtimeSeconds = 1_000_000_000
  const output = (name: string) => ({ path: join(directory, name), compression: 'none' as const })
  await trees.packLayer({ layer: treeOf(join(directory, 'upper')), base: [], output: output('t'), maxMtimeSeconds })
  await trees.packLayer({
    layer: { kind: 'blob', path: join(directory, 'packed.tar') },
    base: [],
    output: output('b'),
    maxMtimeSeconds,
  })
  const listing = shell(directory, "TZ=UTC tar --full-time -tvf t | awk '{print $4, $5, $6}'")
  expect(listing).toBe('2001-09-09 01:46:40 a\n1970-01-01 00:01:40 b\n')
  shell(directory, 'cmp t b')
})
