import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { rawTar } from '../support/raw-tar.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

/**
 * An entry `.wh.group` of an archive is a file to later steps of the same build, and deletes "group" in the image, as
 * with docker (test/conformance/cases/add-tar-whiteout-names-then-run).
 */
const ADD = 'FROM busybox\nADD x.tar /\n'

let room = ''
let tsbuild: Tsbuild

beforeAll(async () => {
  room = temporaryDirectory('whiteout-names')
  tsbuild = createTsbuild()
  await importBusybox(tsbuild)
  const files = [
    { name: 'etc/.wh.group', data: '' },
    { name: 'etc/other', data: 'n' },
  ]
  writeFileSync(join(room, 'x.tar'), rawTar(files))
})

async function build(dockerfile: string, tag: string): Promise<void> {
  await tsbuild.with({ input: dockerfile }).ok('build', '-q', '-t', tag, '-f', '-', room)
}

/** A file of a built image. */
async function fileOf(tag: string, path: string): Promise<string> {
  return tsbuild.ok('run', '--rm', tag, 'cat', path)
}

async function diffIdsOf(tag: string): Promise<readonly string[]> {
  return JSON.parse(await tsbuild.ok('image', 'inspect', '--format', '{{json .RootFS.Layers}}', tag)) as string[]
}

test('later steps see the file, also after a cached step; builds from the image see the deletion', async () => {
  await build(`${ADD}RUN ls -A /etc > /seen`, 'first')
  const seen = await fileOf('first', '/seen')
  expect(seen.split('\n')).toEqual(expect.arrayContaining(['.wh.group', 'group', 'other']))
  await build('FROM first\nRUN ls -A /etc > /seen', 'child')
  const inChild = (await fileOf('child', '/seen')).split('\n')
  expect(inChild).not.toContain('group')
  expect(inChild).not.toContain('.wh.group')
  await build(`${ADD}RUN ls -A /etc > /seen && echo again`, 'second')
  expect(await fileOf('second', '/seen')).toBe(seen)
  expect((await diffIdsOf('second')).slice(0, 2)).toEqual((await diffIdsOf('first')).slice(0, 2))
})

test('COPY from such a stage copies the file, and a stage based on it sees it', async () => {
  await build(
    `${ADD.replace('busybox', 'busybox AS a')}FROM a AS b\nRUN ls -A /etc > /seen\nFROM busybox\n` +
      'COPY --from=a /etc /copied/etc\nCOPY --from=b /seen /\nRUN ls -A /copied/etc > /copied-seen',
    'copied',
  )
  const seen = await fileOf('copied', '/seen')
  expect(seen.split('\n')).toContain('.wh.group')
  expect((await fileOf('copied', '/copied-seen')).split('\n')).toEqual(
    expect.arrayContaining(['.wh.group', 'group', 'other']),
  )
})

test('a step that changes deleted files produces the same image wherever it is unpacked', async () => {
  await build(`${ADD}RUN rm /etc/group && chmod 600 /etc/other`, 'changed')
  const archive = join(room, 'changed.tar')
  await tsbuild.ok('save', '-o', archive, 'changed')
  const other = createTsbuild()
  try {
    await other.ok('load', '-i', archive)
    // Unpacks the layers here, and verifies them against the recorded diff IDs.
    const shown = await other.ok('run', '--rm', 'changed', 'ls', '-A', '/etc')
    expect(shown).not.toMatch(/group/)
    expect(shown).toBe(await tsbuild.ok('run', '--rm', 'changed', 'ls', '-A', '/etc'))
  } finally {
    await other.close()
  }
})
