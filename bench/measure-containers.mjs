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
const room = mkdtempSync(join(tmpdir(), 'tsbuild-bench-'))
const root = resolve(import.meta.dirname, '..')
const env = { ...process.env, TSBUILD_ROOT: join(room, 'store') }
const tsbuild = { name: 'tsbuild', command: join(root, 'bin/tsbuild'), env }
const docker = await startDocker(room)
const engines = [docker, tsbuild]
try {
  importBase(room, engines)
  await measureTimes(engines, Number(values.rounds))
  console.log()
  await measureCrowd({ room, tsbuild, docker })
  console.log()
  await measurePort({ room, tsbuild })
} finally {
  for (const engine of engines) {
    const left = quietly(engine, ['ps', '-aq']).split('\n').filter(Boolean)
    if (left.length > 0) quietly(engine, ['rm', '-f', ...left])
  }
  await docker.stop()
  rmSync(room, { recursive: true, force: true })
}
