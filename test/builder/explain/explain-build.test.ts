import { mkdirSync, mkdtempSync, readdirSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Explanation } from '../../../builder/index.ts'
import { type BuildOptions, createBuilder, openEngine, type TextBuilder } from '../../../engine/index.ts'
import { importTree } from '../../../images/archives/import-tree.ts'
import { busyboxTar, platform } from '../../images/archives/busybox-image.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const room = temporaryDirectory('explain')
const root = join(room, 'store')
let builder: TextBuilder & { close(): Promise<void> }
let context = ''

beforeAll(async () => {
  await importBase()
  builder = await createBuilder({ root })
})

afterAll(() => builder.close())

beforeEach(() => {
  context = mkdtempSync(join(room, 'context-'))
  mkdirSync(join(context, 'src'))
  for (const name of ['a', 'b']) writeFileSync(join(context, 'src', name), `${name} of ${context}\n`)
})

/** Creates `busybox:latest`. */
async function importBase(): Promise<void> {
  const engine = await openEngine({ root })
  await importTree({
    store: engine.store,
    trees: engine.native.trees,
    input: Readable.from([busyboxTar()]),
    platform,
    config: { Cmd: ['/bin/sh'] },
    message: 'first',
    createdAt: '2026-01-01T00:00:00Z',
    references: ['docker.io/library/busybox:latest'],
  })
  await engine.close()
}

async function build(lines: readonly string[], more: Partial<BuildOptions> = {}): Promise<Record<string, Explanation>> {
  writeFileSync(join(context, 'Dockerfile'), `${lines.join('\n')}\n`)
  const steps: [string, Explanation][] = []
  const onEvent: BuildOptions['onEvent'] = (event) => {
    if (event.kind === 'step-explained')
      steps.push([event.name.replace(/^\[.*?\] /, '').split(' ')[0] ?? '', event.explanation])
  }
  const request = { context: { kind: 'directory', path: context } as const, explain: true, onEvent, ...more }
  await builder.build(request).catch((error: unknown) => {
    if (more.signal === undefined && !lines.includes('RUN exit 3')) throw error
  })
  return Object.fromEntries(steps)
}

/** The records of an ordinary build suffice to explain the next one. */
function buildSilently(lines: readonly string[], more: Partial<BuildOptions> = {}) {
  return build(lines, { ...more, explain: false })
}

const COPYING = ['FROM busybox', 'COPY src /src', 'RUN echo done > /done']

test('the first build is reported as never built, the second as hits', async () => {
  expect(await build(COPYING)).toEqual({
    COPY: { outcome: 'missed', reasons: [{ kind: 'never-built' }] },
    RUN: { outcome: 'missed', reasons: [{ kind: 'never-built' }] },
  })
  expect(await build(COPYING)).toEqual({
    COPY: { outcome: 'hit', by: 'content' },
    RUN: { outcome: 'hit', by: 'definition' },
  })
})

test('added, changed and removed files are named', async () => {
  await buildSilently(COPYING)
  writeFileSync(join(context, 'src/a'), 'other\n')
  unlinkSync(join(context, 'src/b'))
  writeFileSync(join(context, 'src/c'), 'new\n')
  expect(await build(COPYING)).toEqual({
    COPY: {
      outcome: 'missed',
      reasons: [
        {
          kind: 'files',
          from: 'build context',
          paths: '/src',
          changes: {
            added: { count: 1, names: ['src/c'] },
            changed: { count: 1, names: ['src/a'] },
            removed: { count: 1, names: ['src/b'] },
          },
        },
      ],
    },
    RUN: { outcome: 'missed', reasons: [{ kind: 'input', name: '[2/3] COPY src /src' }] },
  })
})

test('a changed argument and a changed variable are distinguished', async () => {
  const lines = (mode: string) => [
    'FROM busybox',
    'ARG VERSION=1',
    `ENV MODE=${mode}`,
    `RUN echo $VERSION $MODE ${context}`,
  ]
  await buildSilently(lines('fast'))
  expect(await build(lines('slow'), { buildArgs: { VERSION: '2' } })).toEqual({
    RUN: {
      outcome: 'missed',
      reasons: [
        { kind: 'argument', name: 'VERSION', before: '1', after: '2' },
        { kind: 'variable', name: 'MODE', before: 'fast', after: 'slow' },
      ],
    },
  })
})

test('values of names that suggest a secret are not stored', async () => {
  const lines = (token: string) => ['FROM busybox', `ENV API_TOKEN=${token}`, `RUN true ${context}`]
  await buildSilently(lines('hunter2'))
  const explanation = JSON.stringify(await build(lines('hunter3')))
  expect(explanation).toContain('API_TOKEN')
  expect(explanation).not.toContain('hunter')
})

test('a changed instruction shows both texts', async () => {
  await buildSilently(['FROM busybox', `RUN echo one ${context}`])
  expect(await build(['FROM busybox', `RUN echo two ${context}`])).toEqual({
    RUN: {
      outcome: 'missed',
      reasons: [{ kind: 'instruction', before: `RUN echo one ${context}`, after: `RUN echo two ${context}` }],
    },
  })
})

test('a changed user is reported as a setting of the command', async () => {
  await buildSilently(['FROM busybox', `RUN true ${context}`])
  expect(await build(['FROM busybox', 'USER 12', `RUN true ${context}`])).toEqual({
    RUN: { outcome: 'missed', reasons: [{ kind: 'setting', name: 'user', before: 'root', after: '12' }] },
  })
})

test('a changed owner of a WORKDIR is reported as changed file operations', async () => {
  const lines = (user: string) => ['FROM scratch', `USER ${user}`, `WORKDIR /${context}`]
  await buildSilently(lines('12'))
  const reason = { kind: 'setting', name: 'file operations', after: expect.stringContaining('owner 13') }
  expect(await build(lines('13'))).toMatchObject({ WORKDIR: { outcome: 'missed', reasons: [reason] } })
})

test('another base image is shown with both digests', async () => {
  await buildSilently(['FROM busybox', `RUN true ${context}`])
  await builder.build({
    context: { kind: 'empty' },
    dockerfile: { name: 'Dockerfile', text: `FROM busybox\nRUN echo ${context} > /other` },
    tags: ['busybox'],
  })
  const { RUN: explanation } = await build(['FROM busybox', `RUN true ${context}`])
  expect(explanation).toEqual({
    outcome: 'missed',
    reasons: [
      {
        kind: 'base-image',
        before: expect.stringMatching(/^docker\.io\/library\/busybox:latest@sha256:[0-9a-f]{64}$/),
        after: expect.stringMatching(/^docker\.io\/library\/busybox:latest@sha256:[0-9a-f]{64}$/),
      },
    ],
  })
})

test("a stage's changed output is reported by its files, and identical output is a hit", async () => {
  const lines = (text: string) => [
    'FROM busybox AS one',
    `RUN echo ${text} > /out`,
    'FROM busybox',
    'COPY --from=one /out /out',
  ]
  await buildSilently(lines(`"x" ${context}`))
  const { COPY: explanation } = await build(lines('y'))
  expect(explanation).toMatchObject({
    outcome: 'missed',
    reasons: [
      { kind: 'files', from: '[one 2/2] RUN echo y > /out', changes: { changed: { count: 1, names: ['out'] } } },
    ],
  })
  expect(await build(lines("'y'"))).toMatchObject({
    RUN: { outcome: 'missed' },
    COPY: { outcome: 'hit', by: 'content' },
  })
})

test('--no-cache is reported as the reason', async () => {
  await buildSilently(COPYING)
  const { COPY: explanation } = await build(COPYING, { noCache: true })
  expect(explanation).toEqual({ outcome: 'missed', reasons: [{ kind: 'no-cache' }] })
})

test('a pruned layer is the reason if nothing else changed', async () => {
  await buildSilently(COPYING)
  const engine = await openEngine({ root })
  for (const prefix of readdirSync(join(root, 'cache'))) {
    if (prefix !== 'decisions') rmSync(join(root, 'cache', prefix), { recursive: true })
  }
  await engine.close()
  const { COPY: explanation } = await build(COPYING)
  expect(explanation).toEqual({ outcome: 'missed', reasons: [{ kind: 'pruned' }] })
})

test('a failed step is explained as well, and compared with its last successful build', async () => {
  await buildSilently(['FROM busybox', 'RUN exit 0'])
  const expected = {
    RUN: { outcome: 'missed', reasons: [{ kind: 'instruction', before: 'RUN exit 0', after: 'RUN exit 3' }] },
  }
  expect(await build(['FROM busybox', 'RUN exit 3'])).toEqual(expected)
  expect(await build(['FROM busybox', 'RUN exit 3'])).toEqual(expected)
})

test('an inserted step is reported as new, and later steps by their input', async () => {
  await buildSilently(['FROM busybox', `RUN echo ${context}`, 'COPY src /src'])
  expect(await build(['FROM busybox', `RUN echo ${context}`, 'WORKDIR /new', 'COPY src /src'])).toEqual({
    RUN: { outcome: 'hit', by: 'definition' },
    WORKDIR: { outcome: 'missed', reasons: [{ kind: 'never-built' }] },
    COPY: { outcome: 'missed', reasons: [{ kind: 'input', name: '[3/4] WORKDIR /new' }] },
  })
})

test('a record that cannot be written does not hide the failure of a step', async () => {
  await build(['FROM busybox', 'RUN echo before'])
  const folder = join(root, 'cache', 'decisions')
  for (const record of readdirSync(folder)) {
    if (!record.endsWith('.json')) continue
    unlinkSync(join(folder, record))
    mkdirSync(join(folder, record))
  }
  writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nRUN exit 4\n')
  const failing = builder.build({ context: { kind: 'directory', path: context } })
  await expect(failing).rejects.toMatchObject({ code: 'BUILD_RUN_FAILED', exitCode: 4 })
  writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nRUN echo after\n')
  await expect(builder.build({ context: { kind: 'directory', path: context } })).rejects.toThrow('Cannot write')
})
