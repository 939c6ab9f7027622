import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { runInProcess } from '../../cli/support/run-in-process.ts'
import { type GitServer, makeRepository, startGitServer } from '../../support/git-server.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const PASSWORD = 'hunter2-of-the-caller'
const BASIC = `Basic ${Buffer.from(`user:${PASSWORD}`).toString('base64')}`
const directory = temporaryDirectory('cli')
const context = join(directory, 'context')
let server: GitServer

beforeAll(async () => {
  mkdirSync(context)
  makeRepository(join(directory, 'projects/some.git'), 'file')
  server = await startGitServer(join(directory, 'projects'), { wanted: BASIC })
})

test.each([
  ['a Dockerfile', ['context'], 'ADD http://HOST/some.git /\n'],
  ['the build context', ['http://HOST/some.git'], ''],
])('a repository of %s is fetched without the caller’s .netrc', async (_, words, line) => {
  const home = join(directory, 'home')
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, '.netrc'), `machine 127.0.0.1 login user password ${PASSWORD}\n`, { mode: 0o600 })
  const before = server.seen.length
  expect((await build(words, line, home)).code).not.toBe(0)
  expect(server.seen.slice(before)).toContain(undefined)
  expect(server.seen.slice(before).every((authorization) => authorization === undefined)).toBe(true)
})

test('a password in a URL is used, and appears in no image, message or provenance', async () => {
  const line = `ADD --keep-git-dir http://user:${PASSWORD}@HOST/some.git /\n`
  const output = join(directory, 'out')
  const metadata = join(directory, 'metadata.json')
  const words = ['-o', `type=local,dest=${output}`, '--metadata-file', metadata, 'context']
  const { code, stderr } = await build(words, line, directory)
  expect(code, stderr).toBe(0)
  expect(() => execFileSync('grep', ['-r', '-e', PASSWORD, '-e', BASIC.slice(6), output, metadata])).toThrow() // no match
  expect(execFileSync('cat', [join(output, '.git/config')], { encoding: 'utf8' })).toContain(`http://${server.host}/`)
})

function build(words: readonly string[], line: string, home: string) {
  writeFileSync(join(context, 'Dockerfile'), `FROM scratch\n${line.replaceAll('HOST', server.host)}`)
  const args = ['build', ...words.map((word) => word.replaceAll('HOST', server.host))]
  return runInProcess(args, { root: join(directory, 'store'), env: { HOME: home }, cwd: directory })
}
