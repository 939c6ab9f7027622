import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningPostgres, startDebianPostgres } from './support/debian-postgres.ts'
import { serverDirectory, startTestServer, type TestServer, WEBHOOK_SECRET } from './support/start-test-server.ts'

const docs = readFileSync(resolve(import.meta.dirname, '../../docs/server.md'), 'utf8')
const room = serverDirectory()
const home = serverDirectory()
const env = { TSBUILD_SERVER_WORKER_SLOTS: '0' }
let server: TestServer | undefined
let external: RunningPostgres | undefined

beforeAll(async () => {
  initializeWithDebian(home)
  server = await startTestServer(home, env)
  const settings = { repository: { url: 'https://git.example.com/team/app' } }
  await server.api.call('createProject', { body: { name: 'app', settings, webhookSecret: WEBHOOK_SECRET } })
})
afterAll(async () => {
  await server?.stop()
  await external?.stop()
  rmSync(home, { recursive: true, force: true })
  rmSync(room, { recursive: true, force: true })
})

/** A server with Debian's PostgreSQL, so that the version of pg_dump fits. */
function initializeWithDebian(directory: string): void {
  const [version = ''] = readdirSync('/usr/lib/postgresql')
  const database = join(directory, 'database')
  mkdirSync(join(database, 'postgres'), { recursive: true })
  const passwordFile = join(database, 'postgres-password')
  writeFileSync(passwordFile, 'password-of-this-test', { mode: 0o644 })
  execFileSync('chown', ['postgres:', join(database, 'postgres')])
  chmodSync(join(database, 'postgres'), 0o700)
  const words = ['--username=tsbuild', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync']
  const initdb = join('/usr/lib/postgresql', version, 'bin/initdb')
  const command = [initdb, ...words, `--pwfile=${passwordFile}`, '-D', join(database, 'postgres')]
  execFileSync('setpriv', ['--reuid=postgres', '--regid=postgres', '--clear-groups', ...command], { cwd: '/' })
  chmodSync(passwordFile, 0o600)
}

/** The matching lines of the documentation's command blocks, with paths of this test. */
function run(pattern: RegExp, places: Readonly<Record<string, string>>): void {
  const lines = [...docs.matchAll(/^```\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) => block.split('\n'))
  let script = lines.filter((line) => pattern.test(line)).join('\n')
  expect(script).not.toBe('')
  for (const [documented, place] of Object.entries(places)) script = script.replaceAll(documented, place)
  const { status, stderr } = spawnSync('bash', ['-euc', script], { cwd: room, encoding: 'utf8' })
  expect([status, status === 0 ? '' : stderr]).toEqual([0, ''])
}

/** The project exists, and its secret can be decrypted. */
async function expectComplete(restored: TestServer): Promise<void> {
  expect((await restored.api.call('listProjects')).projects.map(({ name }) => name)).toEqual(['app'])
  expect((await restored.push('app', { ref: 'refs/heads/main' })).status).toBe(202)
}

test('a dump of the running server can be restored into another database', async () => {
  run(/PGPASSWORD|^pg_dump/, { '/var/lib/tsbuild-server': home })
  external = await startDebianPostgres()
  run(/^pg_restore/, { 'postgres://tsbuild@db.example.com/tsbuild': external.url })
  const moved = serverDirectory()
  for (const name of ['key', 'admin-token']) copyFileSync(join(home, name), join(moved, name))
  const restored = await startTestServer(moved, { ...env, TSBUILD_SERVER_DATABASE: external.url })
  try {
    await expectComplete(restored)
  } finally {
    await restored.stop()
  }
})

test('an archive of the stopped server can be restored on another machine', async () => {
  await server?.signal('SIGTERM')
  run(/^tar .*-czf/, { '/var/lib/tsbuild-server': home })
  const copy = join(room, 'copy')
  run(/^mkdir -m 711|^tar .*-xzf/, { '/var/lib/tsbuild-server': copy })
  const restored = await startTestServer(copy, env)
  try {
    await expectComplete(restored)
  } finally {
    await restored.stop()
  }
})
