// `bash bench/run [--rounds N] [--only NAME]`: each task with each builder, alternating.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startDocker } from './docker.mjs'
import { median } from './median.mjs'
import { timed } from './timed.mjs'
import { makeWorks } from './works.mjs'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, only: { type: 'string' } } })
const rounds = Number(values.rounds)
const room = mkdtempSync(join(tmpdir(), 'tsbuild-bench-'))
const root = resolve(import.meta.dirname, '..')
const docker = await startDocker(room)
try {
  const env = { ...process.env, TSBUILD_ROOT: join(room, 'store') }
  const tsbuild = { name: 'tsbuild', command: join(root, 'bin/tsbuild'), env }
  const works = makeWorks({ room, tsbuild, docker }).filter(({ name }) => !values.only || name.includes(values.only))
  console.log('| work | docker build, ms | tsbuild, ms | ratio | wanted, ms | tsbuild peak memory, MB |')
  console.log('|---|---|---|---|---|---|')
  for (const work of works) {
    const times = { docker: [], tsbuild: [] }
    work.prepare()
    for (let round = 0; round < rounds; round += 1) {
      for (const builder of [docker, tsbuild]) {
        work.forget(builder)
        times[builder.name].push((await timed(builder, work.argumentsFor(builder))).wallMs)
      }
    }
    work.forget(tsbuild)
    const { peakRssBytes } = await timed(tsbuild, work.argumentsFor(tsbuild), { watchMemory: true })
    const [theirs, ours] = [median(times.docker), median(times.tsbuild)]
    const numbers = [theirs.toFixed(0), ours.toFixed(0), (theirs / ours).toFixed(1), work.wantedMs]
    console.log(`| ${[work.name, ...numbers, (peakRssBytes / 1e6).toFixed(0)].join(' | ')} |`)
  }
} finally {
  await docker.stop()
  rmSync(room, { recursive: true, force: true })
}
