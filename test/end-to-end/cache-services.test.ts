import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import S3rver from 's3rver'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type GhaCacheService, startGhaCacheService } from '../support/gha-cache-service.ts'
import { startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

const TOKEN = 'a token of a job'
let room: string
let context: string
let s3: S3rver
let port: number
let service: GhaCacheService
let first: Tsbuild
let second: Tsbuild

beforeAll(async () => {
  room = temporaryDirectory('cache-services')
  context = mkdtempSync(join(room, 'context-'))
  writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nRUN cat /proc/sys/kernel/random/uuid > /unique\n')
  const configureBuckets = [{ name: 'builds', configs: [] }]
  s3 = new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory: join(room, 's3'), configureBuckets })
  port = (await s3.run()).port
  service = await startGhaCacheService(TOKEN)
  const env = { ACTIONS_RUNTIME_TOKEN: TOKEN, ACTIONS_RESULTS_URL: service.url }
  first = createTsbuild(env)
  second = createTsbuild(env)
  await importBusybox(first)
  await first.ok('save', '-o', join(room, 'busybox.tar'), 'busybox')
  await second.ok('load', '-i', join(room, 'busybox.tar'))
  rmSync(join(room, 'busybox.tar'))
})

afterAll(async () => {
  await first.close()
  await second.close()
  await s3.close()
  await service.stop()
})

async function expectShared(cache: string): Promise<void> {
  const id = await first.ok('build', '-q', `--cache-to=${cache},mode=max`, context)
  await second.ok('builder', 'prune', '--all', '--force')
  expect(await second.ok('build', '-q', `--cache-from=${cache}`, context)).toBe(id)
}

const bucket = (key: string) =>
  `type=s3,bucket=builds,region=us-east-1,endpoint_url=http://127.0.0.1:${port},use_path_style=true,access_key_id=${key},secret_access_key=S3RVER`

test('a cache in an S3 bucket is used on another machine', () => expectShared(bucket('S3RVER')))

test('a later build with the same flags fetches layers that a build left in a bucket', async () => {
  const registry = await startRegistry()
  await first.ok('build', '-q', `--cache-to=${bucket('S3RVER')},mode=max,name=later`, context)
  await second.ok('builder', 'prune', '--all', '--force')
  const from = `--cache-from=${bucket('S3RVER')},name=later`
  await second.ok('build', '-q', '--push', '-t', `${registry.host}/app`, from, context)
  rmSync(join(registry.directory, 'data'), { recursive: true })
  const { stderr } = await second.run('build', '--progress=plain', '-t', 'app', from, context)
  expect(stderr).toContain('CACHED')
  expect(stderr).not.toContain('CacheLayerLost')
})

test("a cache in GitHub's cache service is used by another job, which replaces it with a newer one", async () => {
  await expectShared('type=gha,scope=main')
  await first.ok('build', '-q', '--no-cache', '--cache-to=type=gha,scope=main', context)
  expect(service.keys().filter((key) => key.startsWith('index-main-1-'))).toHaveLength(2)
})

test('a cache that cannot be written fails the build, unless errors are ignored', async () => {
  const { exitCode, stderr } = await first.run('build', `--cache-to=${bucket('WRONG')}`, context)
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain('(denied)')
  expect(stderr).not.toContain('S3RVER')
  const ignored = await first.run('build', `--cache-to=${bucket('WRONG')},ignore-error=true`, context)
  expect(ignored.exitCode, ignored.stderr).toBe(0)
  expect(ignored.stderr).toContain('CacheExportFailed')
})
