// `bash bench/transfers [--rounds N] [--only NAME] [--mebibytes N] [--registry COMMAND]`: all clients, alternating.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startDocker } from './docker.mjs'
import { startRegistry } from './local-registry.mjs'
import { median } from './median.mjs'
import { timed } from './timed.mjs'
import { makeClients } from './transfer-clients.mjs'
import { createTasks } from './transfer-tasks.mjs'

const MAX_SECONDS = 300

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    mebibytes: { type: 'string', default: '1024' },
    registry: { type: 'string', default: 'docker-registry' },
  },
})
const directory = mkdtempSync(join(tmpdir(), 'tsbuild-bench-'))
const docker = await startDocker(directory)
const registry = await startRegistry(values.registry, directory)
const clients = makeClients({ directory, docker })
try {
  const tasks = await createTasks({ directory, registry, mebibytes: Number(values.mebibytes) })
  const names = clients.map(({ name }) => `${name}, ms`)
  console.log(`| task | ${names.join(' | ')} | × curl | × docker | target | tsbuild, all processes, MB |`)
  console.log(`|---${'|---'.repeat(names.length)}|---|---|---|---|`)
  for (const task of tasks.filter(({ name }) => !values.only || name.includes(values.only))) {
    const medians = await measure(task)
    const { curl, docker, tsbuild } = medians
    const ratios = [curl, docker].map((other) => (other === undefined ? '–' : (tsbuild / other).toFixed(2)))
    const shown = clients.map(({ name }) => medians[name]?.toFixed(0) ?? '–')
    console.log(`| ${[task.name, ...shown, ...ratios, task.target, await peakMegabytes(task)].join(' | ')} |`)
  }
} finally {
  for (const client of clients) client.forget?.()
  await registry.stop()
  await docker.stop()
  rmSync(directory, { recursive: true, force: true })
}

/** The median of each participating client, by name. */
async function measure(task) {
  const times = Object.fromEntries(clients.map(({ name }) => [name, []]))
  for (const client of clients) task.ready?.(client)
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const client of clients) {
      task.prepare(client)
      const run = commandOf(task, client)
      if (run !== undefined) times[client.name].push((await timed(run.program, run.words)).wallMs)
    }
  }
  return Object.fromEntries(Object.entries(times).flatMap(([name, all]) => (all.length ? [[name, median(all)]] : [])))
}

async function peakMegabytes(task) {
  const tsbuild = clients.find(({ name }) => name === 'tsbuild')
  task.prepare(tsbuild)
  const { program, words } = commandOf(task, tsbuild)
  return ((await timed(program, words, { watchMemory: true })).peakTotalBytes / 1e6).toFixed(0)
}

function commandOf(task, client) {
  const line = task.line(client)
  if (!line) return undefined
  const program = { name: client.name, command: 'timeout', env: client.env }
  return { program, words: [String(MAX_SECONDS), 'bash', '-c', line] }
}
