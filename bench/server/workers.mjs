// node bench/server/workers.mjs DATABASE: 20 builds that sleep for two seconds, on one worker and then on two, each
// running one build at a time; DATABASE is the URL of an empty PostgreSQL database.
import { spawn, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { startRegistry } from '../local-registry.mjs'
import { startServer } from './server.mjs'

const BUILDS = 20
const program = resolve(import.meta.dirname, '../../bin/tsbuild')
const [database] = process.argv.slice(2)
const rooms = mkdtempSync(join(tmpdir(), 'tsb-workers-'))
const registry = await startRegistry('docker-registry', rooms) // builds without a cache request their base from it
const base = `${registry.host}/busybox`
process.env['TSBUILD_SERVER_REGISTRIES_INSECURE'] = registry.host
const server = await startServer({ TSBUILD_SERVER_DATABASE: database, TSBUILD_SERVER_WORKER_SLOTS: '0' })
const workers = []
const run = (command, args, cwd) => {
  const { status, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
}

try {
  const tree = join(rooms, 'tree')
  mkdirSync(join(tree, 'bin'), { recursive: true })
  copyFileSync('/bin/busybox', join(tree, 'bin/busybox'))
  for (const name of ['sh', 'sleep']) symlinkSync('busybox', join(tree, 'bin', name))
  run('tar', ['-C', tree, '-cf', join(rooms, 'busybox.tar'), '.'])
  const store = join(rooms, 'store')
  run(program, ['--root', store, 'import', join(rooms, 'busybox.tar'), base])
  run(program, ['--root', store, 'push', base])
  const repository = join(server.directory, 'app')
  mkdirSync(repository)
  writeFileSync(join(repository, 'Dockerfile'), `FROM ${base}\nRUN sleep 2\n`)
  const git = (...args) => run('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], repository)
  git('init', '--quiet', '--initial-branch=main')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'first')
  const settings = { repository: { url: `file://${repository}` }, supersede: false, concurrency: BUILDS }
  await server.addProject('app', settings)

  await startWorker('one')
  await buildAll() // afterwards, checkout and base are present
  const one = await buildAll()
  await startWorker('two')
  await buildAll()
  const two = await buildAll()
  console.log(
    `${BUILDS} builds: one worker ${one.toFixed(1)} s, two ${two.toFixed(1)} s, ratio ${(two / one).toFixed(2)}`,
  )
} finally {
  for (const { child, gone } of workers) {
    child.kill('SIGTERM')
    await gone
  }
  await server.stop()
  await registry.stop()
  run('rm', ['-rf', rooms])
}

async function startWorker(name) {
  const directory = join(rooms, name)
  mkdirSync(directory)
  const env = {
    ...process.env,
    TSBUILD_SERVER_DATABASE: database,
    TSBUILD_SERVER_GIT_LOCAL_ROOTS: server.directory,
    TSBUILD_SERVER_KEY_FILE: join(server.directory, 'key'),
    TSBUILD_SERVER_DATA_DIRECTORY: directory,
    TSBUILD_SERVER_STORE_DIRECTORY: join(directory, 'store'),
    TSBUILD_SERVER_WORKER_SLOTS: '1',
  }
  const child = spawn(program, ['worker'], { env, stdio: ['ignore', 'ignore', 'pipe'] })
  const gone = new Promise((settle) => child.once('exit', settle))
  workers.push({ child, gone })
  await new Promise((settle, reject) => {
    let output = ''
    child.stderr.on('data', (chunk) => {
      output += chunk
      if (output.includes('worker started')) settle()
    })
    child.once('exit', () => reject(new Error(output)))
  })
}

/** Seconds until the last build has ended. */
async function buildAll() {
  const startedAt = performance.now()
  const ids = []
  for (let count = 0; count < BUILDS; count += 1)
    ids.push((await server.call('POST', '/projects/app/builds', { noCache: true })).id)
  for (const id of ids) {
    for (;;) {
      const { state, failure } = await server.call('GET', `/builds/${id}`)
      if (state === 'succeeded') break
      if (state !== 'queued' && state !== 'running') throw new Error(`build ${id}: ${state}: ${failure?.message}`)
      await new Promise((settle) => setTimeout(settle, 50))
    }
  }
  return (performance.now() - startedAt) / 1000
}
