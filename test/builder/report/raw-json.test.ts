import { expect, test } from 'vitest'
import type { BuildEvent } from '../../../builder/index.ts'
import { rawJsonReport } from '../../../builder/report/raw-json.ts'

const RUN = `sha256:${'b'.repeat(64)}`
const FROM = `sha256:${'a'.repeat(64)}`

function show(events: readonly BuildEvent[], result?: unknown): readonly unknown[] {
  const lines: string[] = []
  const report = rawJsonReport({ write: (text) => lines.push(text) })
  for (const event of events) report.event(event)
  report.end()
  if (result !== undefined) report.result?.(result)
  return lines.map((line) => JSON.parse(line))
}

test('rawJsonReport() prints the documents of buildx: vertexes, statuses, logs, warnings, and the result last', () => {
  const documents = show(
    [
      {
        kind: 'planned',
        atMs: 0,
        steps: [
          { id: FROM, name: '[1/2] FROM x', inputs: [] },
          { id: RUN, name: '[2/2] RUN y', inputs: [FROM] },
        ],
      },
      { kind: 'step-cached', step: FROM, atMs: 1000 },
      { kind: 'step-started', step: RUN, atMs: 2000 },
      { kind: 'step-log', step: RUN, stream: 'stderr', text: 'hé\n', atMs: 2500 },
      { kind: 'step-progress', step: RUN, id: 'blob', doneBytes: 5, totalBytes: 5, atMs: 2600 },
      { kind: 'step-failed', step: RUN, message: 'no', exitCode: 1, atMs: 3000 },
      { kind: 'warning', warning: { code: 'W', message: 'careful' }, atMs: 3000 },
    ],
    { 'image.name': 'x' },
  )
  const from = { digest: FROM, name: '[1/2] FROM x' }
  const run = { digest: RUN, inputs: [FROM], name: '[2/2] RUN y' }
  const time = (seconds: number) => new Date(seconds * 1000).toISOString()
  expect(documents).toEqual([
    { vertexes: [from, run] },
    { vertexes: [{ ...from, started: time(1), completed: time(1), cached: true }] },
    { vertexes: [{ ...run, started: time(2) }] },
    { logs: [{ vertex: RUN, stream: 2, data: Buffer.from('hé\n').toString('base64'), timestamp: time(2.5) }] },
    {
      statuses: [
        {
          id: 'blob',
          vertex: RUN,
          total: 5,
          current: 5,
          timestamp: time(2.6),
          started: time(2.6),
          completed: time(2.6),
        },
      ],
    },
    { vertexes: [{ ...run, started: time(2), completed: time(3), error: 'no' }] },
    { warnings: [{ level: 1, short: Buffer.from('W: careful').toString('base64') }] },
    { result: { 'image.name': 'x' } },
  ])
})

test('warnings about the Dockerfile belong to the step that loads it, which is known before the first of them', () => {
  const range = (line: number, column: number, lastColumn: number) => ({
    start: { line, column },
    end: { line, column: lastColumn },
  })
  const source = { name: 'Dockerfile', text: 'FROM x as y\n' }
  const found = { code: 'FromAsCasing', message: 'as', range: range(1, 8, 10), instructionRange: range(1, 1, 12) }
  const warning = { ...found, rule: 'The rule', source }
  const documents = show([
    { kind: 'warning', warning, atMs: 0 },
    { kind: 'warning', warning, atMs: 0 },
  ])
  const [time, digest] = [new Date(0).toISOString(), expect.stringMatching(/^sha256:[0-9a-f]{64}$/)]
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const warnings = [
    {
      vertex: digest,
      level: 1,
      short: base64('FromAsCasing: as (line 1)'),
      detail: [base64('The rule')],
      url: 'https://docs.docker.com/go/dockerfile/rule/from-as-casing/',
      sourceInfo: { filename: 'Dockerfile', data: base64(source.text), language: 'Dockerfile' },
      range: [{ start: { line: 1 }, end: { line: 1 } }],
    },
  ]
  const vertex = { digest, name: '[internal] load build definition from Dockerfile', started: time, completed: time }
  expect(documents).toEqual([{ vertexes: [vertex], warnings }, { warnings }])
})

test('rawJsonReport() generates a digest for steps without one', () => {
  const [document] = show([{ kind: 'step-started', step: 'output oci', atMs: 0 }])
  expect(document).toMatchObject({ vertexes: [{ digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) }] })
})
