import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { runInProcess } from '../support/run-in-process.ts'

const directory = temporaryDirectory('cli')
const context = join(directory, 'context')
const layout = join(directory, 'layout')
const blobs = () => readdirSync(join(layout, 'blobs/sha256'))
const build = (store: string, flags: string) =>
  runInProcess(`build --progress=plain ${flags} ${context}`.split(' '), { root: join(directory, store) })

beforeAll(() => {
  mkdirSync(context)
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY file /\n')
})
async function write(content: string, more: string) {
  writeFileSync(join(context, 'file'), content)
  const { code, stderr } = await build('first', `--cache-to type=local,dest=${layout}${more}`)
  expect({ code, stderr }).toMatchObject({ code: 0 })
}

test('reset=true removes blobs that no cache in the directory uses', async () => {
  await write('one', ',tag=other')
  const ofOther = blobs()
  await write('two', '')
  const ofBoth = blobs()
  expect(ofBoth.length).toBe(2 * ofOther.length)
  await write('three', '')
  expect(blobs().length).toBe(3 * ofOther.length)
  await write('three', ',reset=true')
  expect(blobs().length).toBe(2 * ofOther.length)
  expect(blobs()).toEqual(expect.arrayContaining(ofOther))
  const { stderr } = await build('second', `--cache-from type=local,src=${layout}`)
  expect(stderr).toContain('CACHED')
})
