// `bash bench/containers [--rounds N]`: containers of tsbuild and of docker, alternating.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { importBase } from './base.mjs'
import { measureCrowd } from './container-crowd.mjs'
import { measurePort } from './container-port.mjs'
import { measureTimes } from './container-times.mjs'
import { startDocker } from './docker.mjs'
import { quietly } from './quietly.mjs'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '9' } } })
const directory = mkdtempSync(join(tmpdir(), 'tsbuild-bench-'))
const root = resolve(import.meta.dirname, '..')
const env = { ...process.env, TSBUILD_ROOT: join(directory, 'store') }
const tsbuild = { name: 'tsbuild', command: join(root, 'bin/tsbuild'), env }
const docker = await startDocker(directory)
const engines = [docker, tsbuild]
try {
  importBase(directory, engines)
  await measureTimes(engines, Number(values.rounds))
  console.log()
  await measureCrowd({ directory, tsbuild, docker })
  console.log()
  await measurePort({ directory, tsbuild })
} finally {
  for (const engine of engines) {
    const left = quietly(engine, ['ps', '-aq']).split('\n').filter(Boolean)
    if (left.length > 0) quietly(engine, ['rm', '-f', ...left])
  }
  await docker.stop()
  rmSync(directory, { recursive: true, force: true })
}
