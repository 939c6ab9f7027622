import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type RawEntry, rawTar } from '../../support/raw-tar.ts'
import { shell, workspace, writeLayer } from '../../support/trees.ts'

/** The name is in an extended header, since it does not fit into the fields of the ustar header. */
function file(path: string): RawEntry {
  return { name: 'file', pax: { path } }
}

async function add(entries: readonly RawEntry[], actions: { readonly link?: boolean } = {}): Promise<number> {
  const directory = workspace()
  shell(directory, 'mkdir context')
  writeFileSync(join(directory, 'context/a.tar'), rawTar(entries))
  const source = { kind: 'directory', root: join(directory, 'context'), ignore: [] } as const
  const selection = { paths: ['a.tar'], unpackArchives: true }
  const { entryCount } = await writeLayer(directory, [], [{ kind: 'copy', source, selection, to: '/', ...actions }])
  return entryCount
}

test.each([{}, { link: true }])(
  'the time for files below two thousand directories does not grow with the cube of the depth: %o',
  async (flags) => {
    const deep = 'a/'.repeat(2000)
    const files = Array.from({ length: 50 }, (_, number) => file(`${deep}${number}`))
    expect(await add(files, flags)).toBe(2050)
  },
)

test('a path that no program could open is refused, as with docker', async () => {
  for (const name of ['a/'.repeat(10_000), 'a/'.repeat(2048), `${'b'.repeat(200)}/`.repeat(21)]) {
    await expect(add([file(`${name}f`)])).rejects.toMatchObject({
      code: 'TREE_ARCHIVE',
      message: expect.stringMatching(/^.{0,200} has more than 4095 bytes/s),
    })
  }
})
