// `bash bench/run [--rounds N] [--only NAME]`: each task with each builder, alternating.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startDocker } from './docker.mjs'
import { median } from './median.mjs'
import { createTasks } from './tasks.mjs'
import { timed } from './timed.mjs'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, only: { type: 'string' } } })
const rounds = Number(values.rounds)
const directory = mkdtempSync(join(tmpdir(), 'tsbuild-bench-'))
const root = resolve(import.meta.dirname, '..')
const docker = await startDocker(directory)
try {
  const env = { ...process.env, TSBUILD_ROOT: join(directory, 'store') }
  const tsbuild = { name: 'tsbuild', command: join(root, 'bin/tsbuild'), env }
  const tasks = createTasks({ directory, tsbuild, docker }).filter(
    ({ name }) => !values.only || name.includes(values.only),
  )
  console.log('| task | docker build, ms | tsbuild, ms | ratio | target, ms | tsbuild peak memory, MB |')
  console.log('|---|---|---|---|---|---|')
  for (const task of tasks) {
    const times = { docker: [], tsbuild: [] }
    task.prepare()
    for (let round = 0; round < rounds; round += 1) {
      for (const builder of [docker, tsbuild]) {
        task.forget(builder)
        times[builder.name].push((await timed(builder, task.argumentsFor(builder))).wallMs)
      }
    }
    task.forget(tsbuild)
    const { peakRssBytes } = await timed(tsbuild, task.argumentsFor(tsbuild), { watchMemory: true })
    const [theirs, ours] = [median(times.docker), median(times.tsbuild)]
    const numbers = [theirs.toFixed(0), ours.toFixed(0), (theirs / ours).toFixed(1), task.targetMs]
    console.log(`| ${[task.name, ...numbers, (peakRssBytes / 1e6).toFixed(0)].join(' | ')} |`)
  }
} finally {
  await docker.stop()
  rmSync(directory, { recursive: true, force: true })
}
