import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { listTree, shell, treeOf, trees, workspace } from '../support/trees.ts'

type Node =
  | {
      readonly kind: 'file'
      readonly data: Uint8Array
      readonly hole: number
      readonly mode: number
      readonly uid: number
    }
  | { readonly kind: 'directory'; readonly mode: number; readonly uid: number; readonly children: Children }
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'again' }
  | { readonly kind: 'fifo' }
type Children = readonly (readonly [name: string, node: Node])[]

const nameParts = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9 ._~-]{1,12}$/),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }),
  fc.constantFrom('n'.repeat(101), 'ü'.repeat(100), 'x'.repeat(255)),
)
const name = nameParts.filter(
  (text) =>
    !/[/\0]/.test(text) &&
    text !== '.' &&
    text !== '..' &&
    !text.startsWith('.wh.') &&
    Buffer.byteLength(text) <= 255 &&
    Buffer.from(text).toString() === text,
)
const mode = fc.integer({ min: 0, max: 0o7777 })
const uid = fc.constantFrom(0, 1, 1000, 2_097_151, 2_097_152, 4_000_000_000)

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
    fc.record({
      kind: fc.constant('file' as const),
      data: fc.uint8Array({ maxLength: 1200 }),
      hole: fc.constantFrom(0, 0, 300_000),
      mode,
      uid,
    }),
    fc.record({ kind: fc.constant('link' as const), target: fc.stringMatching(/^[a-z/.]{1,150}$/) }),
    fc.constant({ kind: 'again' as const }),
    fc.constant({ kind: 'fifo' as const }),
    fc.record({
      kind: fc.constant('directory' as const),
      mode,
      uid,
      children: fc.uniqueArray(fc.tuple(name, tie('node')), { selector: ([key]) => key, maxLength: 6 }),
    }),
  ),
}))
const children: fc.Arbitrary<Children> = fc.uniqueArray(fc.tuple(name, node), {
  selector: ([key]) => key,
  maxLength: 8,
})

/** `files` are those created so far, for hard links. */
function make(directory: string, nodes: Children, files: string[]): void {
  for (const [key, value] of nodes) {
    const path = join(directory, key)
    makeNode(path, value, files)
    if (value.kind !== 'directory') lutimesSync(path, 1_500_000_000, 1_500_000_000 + key.length)
  }
}

function makeNode(path: string, value: Node, files: string[]): void {
  const first = files[0]
  switch (value.kind) {
    case 'link':
      symlinkSync(value.target, path)
      return
    case 'fifo':
      execFileSync('mkfifo', ['-m', '600', path])
      return
    case 'again':
      if (first === undefined) writeFileSync(path, '', { mode: 0o600 })
      else linkSync(first, path)
      return
  }
  if (value.kind === 'file') {
    writeFileSync(path, Buffer.concat([Buffer.alloc(value.hole), value.data]))
    files.push(path)
  } else {
    mkdirSync(path)
    make(path, value.children, files)
  }
  chownSync(path, value.uid, value.uid)
  chmodSync(path, value.mode)
}

test('any tree survives tree → tar → tree → tar byte for byte, and GNU tar unpacks the same', async () => {
  await fc.assert(
    fc.asyncProperty(children, async (nodes) => {
      const directory = workspace()
      mkdirSync(join(directory, 'one'))
      make(join(directory, 'one'), nodes, [])
      const pack = (tree: string, path: string) =>
        trees.packLayer({
          layer: treeOf(join(directory, tree)),
          base: [],
          output: { path: join(directory, path), compression: 'none' },
        })
      const packed = await pack('one', 'one.tar')
      await trees.unpackLayer({
        blob: join(directory, 'one.tar'),
        tree: join(directory, 'two'),
        base: [],
        expectDiffId: packed.diffId,
      })
      expect(listTree(join(directory, 'two'))).toEqual(listTree(join(directory, 'one')))
      expect(await pack('two', 'two.tar')).toEqual(packed)
      expect(readFileSync(join(directory, 'two.tar')).equals(readFileSync(join(directory, 'one.tar')))).toBe(true)
      shell(directory, 'mkdir gnu; tar -C gnu --numeric-owner --same-permissions --same-owner -xf one.tar')
      expect(listTree(join(directory, 'gnu'))).toEqual(listTree(join(directory, 'one')))
    }),
    { numRuns: 25 },
  )
})
