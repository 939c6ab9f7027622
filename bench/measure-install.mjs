// `bash bench/install [--rounds N]`
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { importBase } from './base.mjs'
import { startDocker } from './docker.mjs'
import { median } from './median.mjs'
import { quietly } from './quietly.mjs'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '3' } } })
const root = resolve(import.meta.dirname, '..')
const directory = mkdtempSync(join(tmpdir(), 'tsbuild-bench-'))
const shared = join(directory, 'shared')
const registry = '127.0.0.1:5871'
const env = { ...process.env, TSBUILD_ROOT: join(directory, 'store') }
const tsbuild = { name: 'tsbuild', command: join(root, 'bin/tsbuild'), env }

function startRegistry() {
  const config = join(directory, 'registry.json')
  const storage = { filesystem: { rootdirectory: join(directory, 'registry') } }
  writeFileSync(config, JSON.stringify({ version: 0.1, storage, http: { addr: registry } }))
  return spawn('docker-registry', ['serve', config], { stdio: 'ignore' })
}

/** The commands of the job, timed within it; all directories of npm and tsbuild are new. */
const JOB = `set -e
now() { date +%s%3N; }
start=$(now)
npm install --global --offline --no-audit --no-fund --no-update-notifier --prefix /opt/npm /shared/packages/*.tgz >/dev/null
installed=$(now)
/opt/npm/bin/tsbuild build --progress=plain --push -t ${registry}/hello /shared/context >/tmp/log 2>&1 || { cat /tmp/log >&2; exit 1; }
echo $((installed - start)) $(($(now) - start))`

function importSystem(docker) {
  const tree = join(directory, 'system')
  for (const folder of ['etc', 'opt', 'root', 'tmp', 'usr', 'var/tmp'])
    mkdirSync(join(tree, folder), { recursive: true })
  for (const link of ['bin', 'lib', 'lib64', 'sbin']) execFileSync('ln', ['-s', `usr/${link}`, join(tree, link)])
  writeFileSync(join(tree, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  const archive = join(directory, 'system.tar')
  execFileSync('tar', ['-C', tree, '--owner=0', '--group=0', '-cf', archive, '.'])
  quietly(docker, ['import', archive, 'debian-with-node'])
}

function runJob(docker) {
  const places = [...new Set(['/usr', '/etc/alternatives', dirname(dirname(process.execPath))])]
  const mounts = [`${shared}:/shared:ro`, ...places.map((place) => `${place}:${place}:ro`)]
  const flags = ['--rm', '--network=host', '--env', `PATH=${process.env.PATH}`, ...mounts.flatMap((one) => ['-v', one])]
  return quietly(docker, ['run', ...flags, 'debian-with-node', 'bash', '-c', JOB])
    .trim()
    .split(' ')
    .map(Number)
}

const docker = await startDocker(directory)
const server = startRegistry()
try {
  execFileSync(process.execPath, [join(root, 'scripts/pack.mjs'), '--host-only', '--to', join(shared, 'packages')])
  mkdirSync(join(shared, 'context'))
  const lines = [
    `FROM ${registry}/base`,
    'COPY hello /hello',
    'RUN echo "hello from $(sh -c "echo a step")" > /built',
    '',
  ]
  writeFileSync(join(shared, 'context/Dockerfile'), lines.join('\n'))
  writeFileSync(join(shared, 'context/hello'), 'hello\n')
  importBase(directory, [tsbuild])
  importSystem(docker)
  await setTimeout(500)
  quietly(tsbuild, ['tag', 'bench-base', `${registry}/base`])
  quietly(tsbuild, ['push', `${registry}/base`])
  const rounds = Array.from({ length: Number(values.rounds) }, () => runJob(docker))
  console.log("| job in docker's default container | ms | target, ms |\n|---|---|---|")
  console.log(
    `| npm install (${readdirSync(join(shared, 'packages')).length} tarballs) | ${median(rounds.map(([installed]) => installed))} | 4000 |`,
  )
  console.log(`| npm install, build with RUN, push | ${median(rounds.map(([, pushed]) => pushed))} | 10000 |`)
} finally {
  server.kill()
  await docker.stop()
  rmSync(directory, { recursive: true, force: true })
}
