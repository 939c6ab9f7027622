import { execFileSync } from 'node:child_process'
import { linkSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

let room = ''
let tsbuild: Tsbuild

beforeAll(() => {
  room = temporaryDirectory('files')
  tsbuild = createTsbuild()
})

function contextOf(files: Readonly<Record<string, string>>): string {
  const context = mkdtempSync(join(room, 'context-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(context, name), text)
  return context
}

/** The files in the result of a build. */
async function builtFrom(given: Tsbuild, ...words: string[]): Promise<readonly string[]> {
  const output = join(room, 'output.tar')
  await given.ok('build', '-o', `type=tar,dest=${output}`, ...words)
  return execFileSync('tar', ['-tf', output], { encoding: 'utf8' }).split('\n').filter(Boolean)
}

const from = (name: string) => `FROM scratch\nCOPY a.txt /${name}\n`

test('the order of preference is Dockerfile, dockerfile, Containerfile', async () => {
  const names = ['Containerfile', 'dockerfile', 'Dockerfile']
  const files: Record<string, string> = { 'a.txt': 'a' }
  for (const name of names) {
    files[name] = from(name)
    expect(await builtFrom(tsbuild, contextOf(files))).toEqual([name])
  }
})

test('-f reads another file, next to the context or from standard input', async () => {
  const context = contextOf({ 'a.txt': 'a', Dockerfile: from('first'), Other: from('other') })
  expect(await builtFrom(tsbuild, '-f', join(context, 'Other'), context)).toEqual(['other'])
  expect(await builtFrom(tsbuild.with({ input: from('typed') }), '-f', '-', context)).toEqual(['typed'])
})

test('-f DIRECTORY/Dockerfile reads DIRECTORY/dockerfile if there is no other', async () => {
  const context = contextOf({ 'a.txt': 'a', dockerfile: from('lower') })
  const name = join(context, 'Dockerfile')
  expect(await builtFrom(tsbuild, '-f', name, context)).toEqual(['lower'])
  writeFileSync(name, from('upper'))
  expect(await builtFrom(tsbuild, '-f', name, context)).toEqual(['upper'])
  const { stderr } = await tsbuild.run('build', '-f', join(context, 'DOCKERFILE'), context)
  expect(stderr).toContain('not found')
})

test('a Dockerfile of more than 16 MiB is refused', async () => {
  const padding = `# ${'x'.repeat(4096)}\n`.repeat(4096)
  const context = contextOf({ 'a.txt': 'a', Dockerfile: from('large') + padding })
  const { exitCode, stderr } = await tsbuild.run('build', context)
  expect(exitCode).toBe(65)
  expect(stderr).toContain('Cannot read "Dockerfile": it is larger than')
})

test('a Dockerfile on standard input has an empty context', async () => {
  const input = 'FROM scratch\nCOPY . /\nCOPY <<made /\nmade\n'
  expect(await builtFrom(tsbuild.with({ input }), '-')).toEqual(['made'])
  const { exitCode, stderr } = await tsbuild.with({ input: from('never') }).run('build', '-')
  expect(exitCode).toBe(66)
  expect(stderr).toContain('Cannot copy "a.txt"')
})

test('a mount of a missing file is reported', async () => {
  const dockerfile = 'FROM scratch AS s\nRUN --mount=source=packge.json,target=/x ["/none"]\n'
  const { exitCode, stderr } = await tsbuild.run('build', contextOf({ 'package.json': '{}', Dockerfile: dockerfile }))
  expect(exitCode).toBe(66)
  expect(stderr).toContain(
    'ERROR: Cannot mount "packge.json": not found in the source\n  hint: Did you mean "package.json"?',
  )
})

test('a symbolic link with two names in an archive is copied under both', async () => {
  const context = contextOf({ Dockerfile: 'FROM scratch AS a\nADD a.tar /\nFROM scratch\nCOPY --from=a / /\n' })
  const files = join(context, 'files')
  mkdirSync(files)
  symlinkSync('target', join(files, 'first'))
  linkSync(join(files, 'first'), join(files, 'second'))
  execFileSync('tar', ['-C', files, '-cf', join(context, 'a.tar'), 'first', 'second'])
  expect(await builtFrom(tsbuild, context)).toEqual(['first', 'second'])
})
