import { median } from './median.mjs'
import { quietly } from './quietly.mjs'
import { timed } from './timed.mjs'

/** From prompt to prompt. The daemon runs without a bridge, so there is no private network to compare with. */
export async function measureTimes(engines, rounds) {
  const run = (network) => ['run', '--rm', '--network', network, 'bench-base', 'true']
  const works = [
    { name: '`run --rm --network none … true`', words: run('none'), wanted: '90, half of docker', engines },
    { name: '`run --rm --network host … true`', words: run('host'), wanted: '90, half of docker', engines },
    {
      name: '`run --rm … true`, private network',
      words: ['run', '--rm', 'bench-base', 'true'],
      wanted: '90',
      engines: engines.filter(({ name }) => name === 'tsbuild'),
    },
    { name: '`exec … true`', words: ['exec', 'bench', 'true'], wanted: '80', engines },
  ]
  for (const engine of engines) {
    quietly(engine, ['run', '-d', '--name', 'bench', '--network', 'none', 'bench-base', 'sleep', '100000'])
  }
  console.log('| work | docker, ms | tsbuild, ms | ratio | wanted, ms |')
  console.log('|---|---|---|---|---|')
  for (const work of works) {
    const times = { docker: [], tsbuild: [] }
    for (let round = 0; round < rounds; round += 1) {
      for (const engine of work.engines) times[engine.name].push((await timed(engine, work.words)).wallMs)
    }
    const ratio = median(times.docker) / median(times.tsbuild)
    const texts = [both(times.docker), both(times.tsbuild), Number.isNaN(ratio) ? '–' : ratio.toFixed(1)]
    console.log(`| ${[work.name, ...texts, work.wanted].join(' | ')} |`)
  }
  for (const engine of engines) quietly(engine, ['rm', '-f', 'bench'])
}

/** The median, and the best, which says more on a busy machine. */
function both(times) {
  return times.length === 0 ? '–' : `${median(times).toFixed(0)} (${Math.min(...times).toFixed(0)})`
}
