import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type GhaCacheService, startGhaCacheService } from '../support/gha-cache-service.ts'
import { type Bucket, startBucket } from '../support/start-bucket.ts'
import { startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, type Tsbuild } from './tsbuild.ts'

const TOKEN = 'a token of a job'
let room: string
let context: string
let bucket: Bucket
let service: GhaCacheService
let first: Tsbuild
let second: Tsbuild

beforeAll(async () => {
  room = temporaryDirectory('cache-services')
  context = mkdtempSync(join(room, 'context-'))
  writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nRUN cat /proc/sys/kernel/random/uuid > /unique\n')
  bucket = await startBucket()
  service = await startGhaCacheService(TOKEN)
  const env = { ACTIONS_RUNTIME_TOKEN: TOKEN, ACTIONS_RESULTS_URL: service.url }
  first = createTsbuild(env)
  second = createTsbuild(env)
  await importBusybox(first)
  await first.ok('save', '-o', join(room, 'busybox.tar'), 'busybox')
  await second.ok('load', '-i', join(room, 'busybox.tar'))
  rmSync(join(room, 'busybox.tar'))
})

async function expectShared(cache: string): Promise<void> {
  const id = await first.ok('build', '-q', `--cache-to=${cache},mode=max`, context)
  await second.ok('builder', 'prune', '--all', '--force')
  expect(await second.ok('build', '-q', `--cache-from=${cache}`, context)).toBe(id)
}

test('a cache in an S3 bucket is used on another machine', () => expectShared(bucket.cache()))

test('a later build with the same flags fetches layers that a build left in a bucket', async () => {
  const registry = await startRegistry()
  await first.ok('build', '-q', `--cache-to=${bucket.cache()},mode=max,name=later`, context)
  await second.ok('builder', 'prune', '--all', '--force')
  const from = `--cache-from=${bucket.cache()},name=later`
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
  const { exitCode, stderr } = await first.run('build', `--cache-to=${bucket.cache('WRONG')}`, context)
  expect(exitCode).not.toBe(0)
  expect(stderr).toContain('(denied)')
  expect(stderr).not.toContain('S3RVER')
  const ignored = await first.run('build', `--cache-to=${bucket.cache('WRONG')},ignore-error=true`, context)
  expect(ignored.exitCode, ignored.stderr).toBe(0)
  expect(ignored.stderr).toContain('CacheExportFailed')
})
