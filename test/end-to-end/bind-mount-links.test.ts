import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild } from './tsbuild.ts'

const tsbuild = createTsbuild()
const context = temporaryDirectory('bind-links')

beforeAll(async () => {
  mkdirSync(join(context, 'real/deep'), { recursive: true })
  mkdirSync(join(context, 'more'))
  writeFileSync(join(context, 'real/deep/file'), 'first')
  symlinkSync('real', join(context, 'link'))
  symlinkSync('../../../../real/deep', join(context, 'more/link'))
  symlinkSync('/link/deep/file', join(context, 'absolute'))
  await importBusybox(tsbuild)
})

const STAGES = 'FROM busybox AS files\nCOPY . /\nFROM busybox\n'

async function shown(mount: string, file: string): Promise<string | undefined> {
  const input = `${STAGES}RUN --mount=type=bind,target=/mnt,${mount} echo "it has $(cat /mnt${file})" "(${mount})"\n`
  const { exitCode, stderr } = await tsbuild.with({ input }).run('build', '--progress=plain', '-f', '-', context)
  expect(exitCode, stderr).toBe(0)
  return /^#\d+ [0-9.]+ it has (\w+) /m.exec(stderr)?.[1]
}

test.each(['', 'from=files,'])(
  'a bind mount follows links in its source, and the step runs again when their target changes: %s',
  async (from) => {
    writeFileSync(join(context, 'real/deep/file'), 'first')
    const all = async () => [
      await shown(`${from}source=link`, '/deep/file'),
      await shown(`${from}source=link/deep`, '/file'),
      await shown(`${from}source=more/link/file`, ''),
      await shown(`${from}source=absolute`, ''),
    ]
    expect(await all()).toEqual(['first', 'first', 'first', 'first'])
    writeFileSync(join(context, 'real/deep/file'), 'second')
    expect(await all()).toEqual(['second', 'second', 'second', 'second'])
  },
)

test('a broken link as the source of a bind mount is reported as missing', async () => {
  symlinkSync('nowhere', join(context, 'lost'))
  const input = 'FROM busybox\nRUN --mount=type=bind,source=lost,target=/mnt true\n'
  const { exitCode, stderr } = await tsbuild.with({ input }).run('build', '-f', '-', context)
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain('"lost": not found in the source')
})
