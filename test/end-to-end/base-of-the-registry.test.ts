import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

let registry: RunningRegistry
let context: string
const machines: Tsbuild[] = []

beforeAll(async () => {
  registry = await startRegistry()
  context = mkdtempSync(join(tmpdir(), 'tsbuild-base-'))
  const first = machine()
  await importBusybox(first)
  await first.ok('tag', 'busybox', `${registry.host}/base`)
  await first.ok('push', `${registry.host}/base`)
})

afterAll(async () => {
  for (const one of machines) await one.close()
  await registry.stop()
  rmSync(context, { recursive: true })
})

/** Another machine: an empty store. */
function machine(): Tsbuild {
  const made = createTsbuild()
  machines.push(made)
  return made
}

test.each([
  ['that no step reads', 'ENV A=b'],
  ['that a step copies into', 'COPY Dockerfile /w/'],
  ['that a step runs in', 'RUN true > /w'],
])('the layers of a base %s are mounted where the image is pushed to the registry of the base', async (_, step) => {
  writeFileSync(join(context, 'Dockerfile'), `FROM ${registry.host}/base\n${step}\n`)
  const name = `app/${step.slice(0, 3).toLowerCase()}`
  await machine().ok('build', '--push', '-t', `${registry.host}/${name}`, context)
  const uploads = registry
    .log()
    .split('\n')
    .filter((line) => line.includes(`"POST /v2/${name}/blobs/uploads/`))
  expect(
    uploads.some((line) => /[?&]from=base\b.* 201 /.test(line)),
    uploads.join('\n'),
  ).toBe(true)
})
