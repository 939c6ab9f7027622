// `node time-builds.mjs STORE CONTEXT ROUNDS`: the median time of an uncached build in milliseconds.
import { rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { median } from './median.mjs'
import { quietly } from './quietly.mjs'
import { timed } from './timed.mjs'

const [store = '', context = '', rounds = '5'] = process.argv.slice(2)
const command = resolve(import.meta.dirname, '../bin/tsbuild')
const tsbuild = { name: 'tsbuild', command, env: { ...process.env, TSBUILD_ROOT: store } }
const times = []
for (let round = 0; round < Number(rounds); round += 1) {
  quietly(tsbuild, ['prune', '--force'])
  rmSync(join(store, 'stat-cache'), { recursive: true, force: true })
  const words = ['build', '--network', 'host', '--no-cache', '-t', 'bench', context]
  times.push((await timed(tsbuild, words)).wallMs)
}
console.log(median(times))
