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
import { makeWorks } from './transfer-works.mjs'

const MAX_SECONDS = 300

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string' },
    mebibytes: { type: 'string', default: '1024' },
    registry: { type: 'string', default: 'docker-registry' },
  },
})
const room = mkdtempSync(join(tmpdir(), 'tsbuild-bench-'))
const docker = await startDocker(room)
const registry = await startRegistry(values.registry, room)
const clients = makeClients({ room, docker })
try {
  const works = await makeWorks({ room, registry, mebibytes: Number(values.mebibytes) })
  const names = clients.map(({ name }) => `${name}, ms`)
  console.log(`| work | ${names.join(' | ')} | × curl | × docker | wanted | tsbuild, all processes, MB |`)
  console.log(`|---${'|---'.repeat(names.length)}|---|---|---|---|`)
  for (const work of works.filter(({ name }) => !values.only || name.includes(values.only))) {
    const medians = await measure(work)
    const { curl, docker, tsbuild } = medians
    const ratios = [curl, docker].map((other) => (other === undefined ? '–' : (tsbuild / other).toFixed(2)))
    const shown = clients.map(({ name }) => medians[name]?.toFixed(0) ?? '–')
    console.log(`| ${[work.name, ...shown, ...ratios, work.wanted, await peakMegabytes(work)].join(' | ')} |`)
  }
} finally {
  for (const client of clients) client.forget?.()
  await registry.stop()
  await docker.stop()
  rmSync(room, { recursive: true, force: true })
}

/** The median of each participating client, by name. */
async function measure(work) {
  const times = Object.fromEntries(clients.map(({ name }) => [name, []]))
  for (const client of clients) work.ready?.(client)
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const client of clients) {
      work.prepare(client)
      const run = commandOf(work, client)
      if (run !== undefined) times[client.name].push((await timed(run.program, run.words)).wallMs)
    }
  }
  return Object.fromEntries(Object.entries(times).flatMap(([name, all]) => (all.length ? [[name, median(all)]] : [])))
}

async function peakMegabytes(work) {
  const tsbuild = clients.find(({ name }) => name === 'tsbuild')
  work.prepare(tsbuild)
  const { program, words } = commandOf(work, tsbuild)
  return ((await timed(program, words, { watchMemory: true })).peakTotalBytes / 1e6).toFixed(0)
}

function commandOf(work, client) {
  const line = work.line(client)
  if (!line) return undefined
  const program = { name: client.name, command: 'timeout', env: client.env }
  return { program, words: [String(MAX_SECONDS), 'bash', '-c', line] }
}
