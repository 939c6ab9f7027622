// `bash bench/remote-cache [--rounds N] [--buildkit DIRECTORY] [--registry COMMAND]`: an empty store, a complete cache.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { importBase } from './base.mjs'
import { jobBuildkit, startBuildkit } from './buildkit.mjs'
import { startRegistry } from './local-registry.mjs'
import { median } from './median.mjs'
import { quietly } from './quietly.mjs'
import { timed } from './timed.mjs'

const STEPS = 10
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    buildkit: { type: 'string' },
    registry: { type: 'string', default: 'docker-registry' },
  },
})
const directory = mkdtempSync(join(tmpdir(), 'tsbuild-bench-'))
const logFile = join(directory, 'registry.log')
const registry = await startRegistry(values.registry, directory, { logFile })
const tsbuild = makeTsbuild()
const buildkit = values.buildkit === undefined ? undefined : await startBuildkit(values.buildkit, directory)
const clients = buildkit === undefined ? [tsbuild] : [tsbuild, buildkit, jobBuildkit(values.buildkit, directory)]
try {
  const context = join(directory, 'context')
  const base = `${registry.host}/base`
  importBase(directory, [tsbuild])
  quietly(tsbuild, ['tag', 'bench-base', base])
  quietly(tsbuild, ['push', base])
  mkdirSync(context)
  const steps = Array.from({ length: STEPS }, (_, step) => `RUN echo ${step} > /file-${step}`)
  writeFileSync(join(context, 'Dockerfile'), [`FROM ${base}`, ...steps].join('\n'))
  for (const client of clients.filter(({ write }) => write))
    await timed(client, client.write(context, `${registry.host}/${client.repository}`))
  const times = Object.fromEntries(clients.map(({ name }) => [name, []]))
  const requests = {}
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const client of clients) {
      client.forget()
      const before = readFileSync(logFile, 'utf8').length
      const { wallMs } = await timed(client, client.read(context, `${registry.host}/${client.repository}`))
      times[client.name].push(wallMs)
      requests[client.name] = requestsIn(readFileSync(logFile, 'utf8').slice(before))
    }
  }
  console.log(
    '| ten cached steps, pushed | ms | requests | blobs fetched | bytes sent by the registry |\n|---|---|---|---|---|',
  )
  for (const { name } of clients) {
    const { count, blobs, bytes } = requests[name]
    console.log(`| ${name} | ${median(times[name]).toFixed(0)} | ${count} | ${blobs} | ${bytes} |`)
  }
  for (const { name } of clients.slice(1))
    console.log(`of ${name}: ${(median(times.tsbuild) / median(times[name])).toFixed(2)} (target: under 0.30)`)
} finally {
  await buildkit?.stop()
  await registry.stop()
  rmSync(directory, { recursive: true, force: true })
}

function makeTsbuild() {
  const root = join(directory, 'store')
  const command = resolve(import.meta.dirname, '../bin/tsbuild')
  const words = (flag, context, name) => [
    ...['build', '-q', '--network', 'host', '--push', '-t', name],
    ...[flag, `type=registry,ref=${name}-cache${flag === '--cache-to' ? ',mode=max' : ''}`, context],
  ]
  return {
    name: 'tsbuild',
    repository: 'tsbuild',
    command,
    env: { ...process.env, TSBUILD_ROOT: root },
    write: (context, name) => words('--cache-to', context, name),
    read: (context, name) => words('--cache-from', context, name),
    forget: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** Lines of the access log: `"GET /v2/… HTTP/1.1" 200 1234`. */
function requestsIn(log) {
  const lines = [...log.matchAll(/"([A-Z]+) (\/v2\/\S*) HTTP[^"]*" (\d+) (\d+)/g)]
  const got = lines.filter(([, method, , status]) => method === 'GET' && status.startsWith('2'))
  return {
    count: lines.length,
    blobs: got.filter(([, , path]) => path.includes('/blobs/')).length,
    bytes: got.reduce((sum, [, , , , bytes]) => sum + Number(bytes), 0),
  }
}
