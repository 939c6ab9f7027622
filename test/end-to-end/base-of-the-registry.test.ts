import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type Machines, startMachines } from './machines.ts'

let machines: Machines
let context: string

beforeAll(async () => {
  machines = await startMachines()
  context = temporaryDirectory('base')
})

test.each([
  ['that no step reads', 'ENV A=b'],
  ['that a step copies into', 'COPY Dockerfile /w/'],
  ['that a step runs in', 'RUN true > /w'],
])('a push to the registry of the base image mounts the layers of a base %s', async (_, step) => {
  const { registry } = machines
  writeFileSync(join(context, 'Dockerfile'), `FROM ${registry.host}/base\n${step}\n`)
  const name = `app/${step.slice(0, 3).toLowerCase()}`
  await machines.add().ok('build', '--push', '-t', `${registry.host}/${name}`, context)
  const uploads = () =>
    registry
      .log()
      .split('\n')
      .filter((line) => line.includes(`"POST /v2/${name}/blobs/uploads/`))
      .join('\n')
  await expect.poll(uploads).toMatch(/[?&]from=base\b.* 201 /)
})
