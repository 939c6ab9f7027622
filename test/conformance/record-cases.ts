import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { baseArchive } from './base-image.ts'
import { buildWithDocker } from './build-with-docker.ts'
import { type ConformanceCase, listCases } from './conformance-case.ts'
import { type Docker, startDocker } from './docker-daemon.ts'
import { readExpectation, withText, writeExpectation } from './expectation.ts'
import { ArchiveReader, type Outcome } from './outcome.ts'

const [folder = '', ...patterns] = process.argv.slice(2)
const chosen = listCases(resolve(folder, 'cases')).filter(
  ({ name }) => patterns.length === 0 || patterns.some((pattern) => name.startsWith(pattern)),
)
const room = mkdtempSync(join(tmpdir(), 'tsbuild-record-'))
const docker = await startDocker(room)
try {
  await recordAll(docker)
} finally {
  await docker.stop()
  execFileSync('rm', ['-rf', room])
}

async function recordAll(engine: Docker): Promise<void> {
  const base = baseArchive()
  const { exitCode, stderr } = engine.run(['load'], base)
  if (exitCode !== 0) throw new Error(`docker cannot load the base image:\n${stderr}`)
  const reader = new ArchiveReader(base)
  const source = `docker ${engine.version()}`
  for (const asked of chosen) {
    try {
      await record(asked, source, (file) => buildWithDocker(engine, reader, asked, file))
      process.stdout.write(`${asked.name}\n`)
    } catch (error) {
      process.exitCode = 1
      process.stderr.write(`Cannot record "${asked.name}": ${error instanceof Error ? error.message : error}\n`)
    }
  }
}

async function record(
  asked: ConformanceCase,
  source: string,
  build: (file: string) => Promise<Outcome>,
): Promise<void> {
  const { file = 'Dockerfile', reference, equivalent, refused } = asked.options
  if (reference === undefined) writeExpectation(asked, withNewerHistory(asked, await build(file)), source)
  else if (refused) writeExpectation(asked, { refused }, 'reference')
  else if (equivalent !== undefined) {
    const outcome = withoutText(asked, await build(equivalent))
    writeExpectation(asked, outcome, `reference, by an equivalent built with ${source}`)
  } // otherwise it is written by hand
}

/** Keeps text that was copied from BuildKit 0.34. */
function withNewerHistory(asked: ConformanceCase, outcome: Outcome): Outcome {
  const isNew = !existsSync(join(asked.folder, 'expected.json'))
  if (asked.options.history === undefined || isNew || 'refused' in outcome) return outcome
  const before = readExpectation(asked)
  return 'refused' in before ? outcome : { ...outcome, history: withText(outcome.history, before.history) }
}

/** The history of an equivalent contains other instructions. */
function withoutText({ name }: ConformanceCase, outcome: Outcome): Outcome {
  if ('refused' in outcome) throw new Error(`docker refuses the equivalent of ${name}: ${outcome.message}`)
  return { ...outcome, history: outcome.history.map(({ created_by: _, ...rest }) => rest) }
}
