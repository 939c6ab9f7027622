import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { BuildEvent } from '../../../builder/index.ts'
import type { Engine } from '../../../engine/index.ts'
import { engineWithBase } from './engine-with-base.ts'

let room = ''
let engine: Engine

beforeAll(async () => {
  ;({ room, engine } = await engineWithBase())
})

test.each([
  ['copies', 'COPY file /file', 'RUN grep -q original /file'],
  ['mounts', 'RUN --mount=type=bind,target=/c cp /c/file /file', 'RUN grep -q original /file'],
])('a step that %s a file changed during the build is not found for the former content', async (name, step, check) => {
  const path = join(room, name)
  mkdirSync(path)
  writeFileSync(join(path, 'Dockerfile'), `FROM conformance/base:1\nRUN sleep 1 && echo ${name}\n${step}`)
  writeFileSync(join(path, 'file'), 'original')
  const events: BuildEvent[] = []
  const onEvent = (event: BuildEvent) => {
    events.push(event)
    if (event.kind === 'step-log') writeFileSync(join(path, 'file'), 'changed!')
  }
  const context = { kind: 'directory', path } as const
  await engine.builder.build({ context, outputs: [], onEvent })
  const warnings = events.flatMap((event) => (event.kind === 'warning' ? [event.warning.message] : []))
  expect(warnings).toEqual(['Files of a build context changed during the build: steps that used them are not cached'])

  writeFileSync(join(path, 'file'), 'original')
  writeFileSync(join(path, 'Dockerfile'), `FROM conformance/base:1\nRUN sleep 1 && echo ${name}\n${step}\n${check}`)
  await engine.builder.build({ context, outputs: [] })
})

test('a file that is changed back before the build ends does not hide the change', async () => {
  const path = join(room, 'changed-back')
  mkdirSync(path)
  const steps = 'FROM conformance/base:1\nRUN echo before; sleep 1\nCOPY file /file\n'
  writeFileSync(join(path, 'Dockerfile'), `${steps}RUN echo after`)
  writeFileSync(join(path, 'file'), 'original')
  const onEvent = (event: BuildEvent) => {
    if (event.kind !== 'step-log') return
    writeFileSync(join(path, 'file'), event.text.includes('before') ? 'changed!' : 'original')
  }
  const context = { kind: 'directory', path } as const
  await engine.builder.build({ context, outputs: [], onEvent })
  writeFileSync(join(path, 'Dockerfile'), `${steps}RUN grep -q original /file`)
  await engine.builder.build({ context, outputs: [] })
})

test('a repository leaves nothing in the cache of file digests: its checkout is never read again', async () => {
  const path = join(room, 'repository')
  mkdirSync(path)
  writeFileSync(join(path, 'Dockerfile'), 'FROM scratch\nCOPY . /')
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-c', 'user.name=me', '-c', 'user.email=me@example.com', ...words], { cwd: path })
  for (const words of [
    ['init', '-q'],
    ['add', '.'],
    ['commit', '-qm', 'first'],
  ])
    git(...words)
  const before = readdirSync(join(room, 'store', 'stat-cache'))
  await engine.builder.build({ context: { kind: 'git', url: `file://${path}` }, outputs: [] })
  expect(readdirSync(join(room, 'store', 'stat-cache'))).toEqual(before)
})
