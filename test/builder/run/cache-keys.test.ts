import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { BuildEvent } from '../../../builder/index.ts'
import type { BuildOptions, Engine } from '../../../engine/index.ts'
import { startGitServer } from '../../support/git-server.ts'
import { engineWithBase } from './engine-with-base.ts'

let room = ''
let engine: Engine

beforeAll(async () => {
  ;({ room, engine } = await engineWithBase())
})

/** Names of the steps that ran. */
async function build(
  lines: readonly string[],
  more: Partial<BuildOptions> = { outputs: [] },
): Promise<readonly string[]> {
  const path = mkdtempSync(join(room, 'context-'))
  writeFileSync(join(path, 'Dockerfile'), lines.join('\n'))
  const names = new Map<string, string>()
  const ran: string[] = []
  const onEvent = (event: BuildEvent) => {
    if (event.kind === 'planned') for (const { id, name } of event.steps) names.set(id, name)
    if (event.kind === 'step-started') ran.push(names.get(event.step) ?? '')
  }
  await engine.builder.build({ context: { kind: 'directory', path }, onEvent, ...more })
  return ran.filter((name) => /\] (?:RUN|ADD)/.test(name))
}

test('a base with the same layers under another name, or with other settings, changes no step', async () => {
  const step = 'RUN echo once > /once'
  await build(['FROM conformance/base:1', 'LABEL a=b'], { tags: ['relabeled'] })
  expect(await build(['FROM conformance/base:1', step])).toHaveLength(1)
  expect(await build(['FROM relabeled', step])).toEqual([])
})

test('a cache mount that starts with files of a named context is part of the key by these files', async () => {
  const files = join(room, 'files')
  mkdirSync(files)
  writeFileSync(join(files, 'a'), 'first')
  const lines = ['FROM conformance/base:1', 'RUN --mount=type=cache,from=files,target=/c cat /c/a']
  const more = { buildContexts: { files }, outputs: [] }
  expect(await build(lines, more)).toHaveLength(1)
  expect(await build(lines, more)).toEqual([])
  writeFileSync(join(files, 'a'), 'second')
  expect(await build(lines, more)).toHaveLength(1)
})

test('a repository from another server has another .git directory, but the same files', async () => {
  const repository = join(room, 'git', 'one.git')
  const words = ['-c', 'user.name=me', '-c', 'user.email=me@example.com']
  execFileSync('git', ['init', '-q', repository])
  execFileSync('git', [...words, 'commit', '-qm', 'first', '--allow-empty'], { cwd: repository })
  const git = await startGitServer(join(room, 'git'))
  const port = git.host.split(':')[1]
  const add = (flags: string, host: string) => ['FROM scratch', `ADD ${flags} http://${host}:${port}/one.git /one`]
  for (const flags of ['', '--keep-git-dir=true']) expect(await build(add(flags, 'localhost'))).toHaveLength(2)
  expect((await build(add('--keep-git-dir=true', '127.0.0.1'))).length).toBe(2)
  expect((await build(add('', '127.0.0.1'))).length).toBe(1)
})
