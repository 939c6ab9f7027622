import { median } from './median.mjs'
import { quietly } from './quietly.mjs'
import { timed } from './timed.mjs'

/** From prompt to prompt. The daemon runs without a bridge, so there is no private network to compare with. */
export async function measureTimes(engines, rounds) {
  const run = (network) => ['run', '--rm', '--network', network, 'bench-base', 'true']
  const tasks = [
    { name: '`run --rm --network none … true`', words: run('none'), target: '90, half of docker', engines },
    { name: '`run --rm --network host … true`', words: run('host'), target: '90, half of docker', engines },
    {
      name: '`run --rm … true`, private network',
      words: ['run', '--rm', 'bench-base', 'true'],
      target: '90',
      engines: engines.filter(({ name }) => name === 'tsbuild'),
    },
    { name: '`exec … true`', words: ['exec', 'bench', 'true'], target: '80', engines },
  ]
  for (const engine of engines) {
    quietly(engine, ['run', '-d', '--name', 'bench', '--network', 'none', 'bench-base', 'sleep', '100000'])
  }
  console.log('| task | docker, ms | tsbuild, ms | ratio | target, ms |')
  console.log('|---|---|---|---|---|')
  for (const task of tasks) {
    const times = { docker: [], tsbuild: [] }
    for (let round = 0; round < rounds; round += 1) {
      for (const engine of task.engines) times[engine.name].push((await timed(engine, task.words)).wallMs)
    }
    const ratio = median(times.docker) / median(times.tsbuild)
    const texts = [both(times.docker), both(times.tsbuild), Number.isNaN(ratio) ? '–' : ratio.toFixed(1)]
    console.log(`| ${[task.name, ...texts, task.target].join(' | ')} |`)
  }
  for (const engine of engines) quietly(engine, ['rm', '-f', 'bench'])
}

/** The median, and the best, which is more meaningful on a busy machine. */
function both(times) {
  return times.length === 0 ? '–' : `${median(times).toFixed(0)} (${Math.min(...times).toFixed(0)})`
}
