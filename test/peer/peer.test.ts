import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { baseArchive } from '../conformance/base-image.ts'
import { createTsbuild } from '../end-to-end/tsbuild.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { deliberate } from './deliberate.ts'
import { type Answers, type Peer, play } from './play.ts'
import { scenarios } from './scenarios.ts'

const recorded: Readonly<Record<string, Answers>> = JSON.parse(
  readFileSync(join(import.meta.dirname, 'recorded.json'), 'utf8'),
).answers

const tsbuild = createTsbuild()
const room = temporaryDirectory('peer')
const program = join(import.meta.dirname, '../../bin/tsbuild')

const peer: Peer = (words) => {
  const env = { ...process.env, TSBUILD_ROOT: tsbuild.root }
  const { status, stdout } = spawnSync(program, words, { env, maxBuffer: 1 << 26, encoding: 'utf8' })
  return { exitCode: status ?? -1, stdout }
}

beforeAll(async () => {
  await tsbuild.with({ input: baseArchive() }).ok('load')
})

describe.each(scenarios)('as docker: $name', (scenario) => {
  let answers: Answers = {}
  beforeAll(() => {
    answers = play(peer, scenario, mkdtempSync(join(room, 'scenario-')))
  })

  for (const [step, expected] of Object.entries(recorded[scenario.name] ?? {})) {
    const reason = deliberate[step.replace(/^\d+\. /, '')]
    if (reason === undefined) test(step, () => expect(answers[step]).toEqual(expected))
    else test(`${step}, but: ${reason}`, () => expect(answers[step]).not.toEqual(expected))
  }

  test('every step was recorded with docker', () => {
    expect(Object.keys(answers)).toEqual(Object.keys(recorded[scenario.name] ?? {}))
  })
})

test('every deliberate difference belongs to a step', () => {
  const steps = new Set(scenarios.flatMap((scenario) => scenario.steps))
  expect(Object.keys(deliberate).filter((step) => !steps.has(step))).toEqual([])
})
