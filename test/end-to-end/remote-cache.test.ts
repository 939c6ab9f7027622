import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { type Machines, startMachines } from './machines.ts'
import type { Tsbuild } from './tsbuild.ts'

/** Steps write different content each time they run: equal images prove that no step ran again. */
const DOCKERFILE = (base: string) => `FROM ${base} AS build
RUN echo one > /one
COPY a.txt /a.txt
RUN cat /a.txt /one > /two; cat /proc/sys/kernel/random/uuid > /unique
FROM ${base}
WORKDIR /w
COPY --from=build /two /unique /w/
RUN true
RUN cat /proc/sys/kernel/random/uuid > /random
CMD ["cat", "/w/two"]
`

let registry: RunningRegistry
let room: string
let context: string
let cacheName: string
let exported: string
let machines: Machines

beforeAll(async () => {
  machines = await startMachines()
  ;({ registry } = machines)
  const { first } = machines
  room = temporaryDirectory('remote-cache')
  context = mkdtempSync(join(room, 'context-'))
  writeFileSync(join(context, 'Dockerfile'), DOCKERFILE(`${registry.host}/base`))
  writeFileSync(join(context, 'a.txt'), 'hello\n')
  cacheName = `${registry.host}/cache:main`
  const inRegistry = `type=registry,ref=${cacheName},mode=max`
  const inLayout = `type=local,dest=${room}/layout,mode=max`
  const tag = `${registry.host}/app:first`
  await first.ok('build', '--push', '-t', tag, '--cache-to', inRegistry, '--cache-to', inLayout, context)
  exported = await digestOf(first, tag)
})

async function digestOf(on: Tsbuild, tag: string): Promise<string> {
  return on.ok('image', 'inspect', '--format', '{{index .RepoDigests 0}}', tag).then((name) => name.replace(/.*@/, ''))
}

async function firstLayer(on: Tsbuild, tag: string): Promise<string> {
  return JSON.parse(await on.ok('manifest', 'inspect', tag)).layers[0].digest
}

async function rebuild(on: Tsbuild, ...flags: string[]) {
  const { exitCode, stderr } = await on.run('build', '--progress=plain', ...flags, context)
  expect(exitCode, stderr).toBe(0)
  return { stderr, cachedCount: stderr.match(/ CACHED$/gm)?.length ?? 0 }
}

describe('another machine with an empty store', () => {
  test('rebuilds nothing, fetches no layer and pushes the same image', async () => {
    const second = machines.add()
    const before = registry.log().length
    const tag = `${registry.host}/app:second`
    const { cachedCount } = await rebuild(second, '--push', '-t', tag, '--cache-from', `type=registry,ref=${cacheName}`)
    expect(cachedCount).toBe(7)
    expect(await digestOf(second, tag)).toBe(exported)
    const requests = registry.log().slice(before)
    const fetched = [...requests.matchAll(/"GET (\/v2\/[^" ]+\/blobs\/[^" ]+)/g)].map(([, path]) => path)
    // The configurations of the base image and of the cache.
    expect(new Set(fetched).size).toBeLessThanOrEqual(2)
    // The repository already has the manifest: no request for a layer is needed.
    expect(requests).not.toMatch(/"(?:HEAD|POST) \/v2\/app\/blobs\//)
  })

  test('runs an image whose layers it left in the registry', async () => {
    const second = machines.add()
    const tag = `${registry.host}/app:third`
    await rebuild(second, '--push', '-t', tag, '--cache-from', `type=registry,ref=${cacheName}`)
    const levelled = `${registry.host}/app:levelled`
    await second.ok('push', '--compression-level=1', '--destination', levelled, tag)
    expect(await firstLayer(second, levelled)).not.toBe(await firstLayer(second, tag))
    expect(await second.ok('run', '--rm', '--network=none', tag)).toBe('hello\none')
  })

  test('has all layers after a build into its store', async () => {
    const second = machines.add()
    const { cachedCount } = await rebuild(second, '-t', 'app', '--cache-from', `type=local,src=${room}/layout`)
    expect(cachedCount).toBe(7)
    renameSync(join(room, 'layout'), join(room, 'away'))
    try {
      expect(await second.ok('run', '--rm', '--network=none', 'app')).toBe('hello\none')
    } finally {
      renameSync(join(room, 'away'), join(room, 'layout'))
    }
  })

  test('runs only changed steps and those that depend on them', async () => {
    const second = machines.add()
    writeFileSync(join(context, 'a.txt'), 'changed\n')
    try {
      const { cachedCount } = await rebuild(second, '-t', 'app', '--cache-from', cacheName)
      expect(cachedCount).toBe(2) // RUN echo, WORKDIR
      expect(await second.ok('run', '--rm', '--network=none', 'app')).toBe('changed\none')
    } finally {
      writeFileSync(join(context, 'a.txt'), 'hello\n')
    }
  })
})

test('a cache without its blobs causes a warning, and the steps run', async () => {
  const second = machines.add()
  const damaged = join(room, 'damaged')
  copyWithoutLayers(join(room, 'layout'), damaged)
  const { stderr } = await rebuild(second, '-t', 'app', '--cache-from', `type=local,src=${damaged}`)
  expect(stderr).toContain('CacheLayerLost: Cannot fetch layer')
  expect(await second.ok('run', '--rm', '--network=none', 'app')).toBe('hello\none')
})

test('layers that an earlier build left in a removed cache cause a warning, and the steps run', async () => {
  const second = machines.add()
  const copy = join(room, 'vanishing')
  cpSync(join(room, 'layout'), copy, { recursive: true })
  await rebuild(second, '--push', '-t', `${registry.host}/app:lost`, '--cache-from', `type=local,src=${copy}`)
  rmSync(copy, { recursive: true })
  rmSync(join(registry.directory, 'data/docker/registry/v2/repositories/app'), { recursive: true })
  const { stderr } = await rebuild(second, '-t', 'app')
  expect(stderr).toContain('CacheLayerLost: Cannot fetch layer')
  expect(await second.ok('run', '--rm', '--network=none', 'app')).toBe('hello\none')
})

test('a missing cache causes a warning', async () => {
  const { stderr } = await rebuild(machines.add(), '-t', 'app', '--cache-from', `type=local,src=${room}/nothing`)
  expect(stderr).toContain(`Cache "${room}/nothing" does not exist yet`)
})

test('a cache directory that cannot be created is an error with its name, or a warning with ignore-error', async () => {
  const file = join(room, 'a-file')
  writeFileSync(file, '')
  const to = `type=local,dest=${file}`
  const { exitCode, stderr } = await machines.first.run('build', '--cache-to', to, context)
  expect([exitCode, stderr]).toEqual([73, expect.stringContaining(`Cannot write "${file}": file exists (expected a`)])
  const ignoring = await rebuild(machines.first, '--cache-to', `${to},ignore-error=true`)
  expect(ignoring.stderr).toContain(`CacheExportFailed: Cannot write "${file}": file exists`)
})

test.each([false, true])('damaged layers in a cache directory are written again (read there: %s)', async (isRead) => {
  const damaged = join(room, `damaged-${isRead}`)
  cpSync(join(room, 'layout'), damaged, { recursive: true })
  const [layer = ''] = layersOf(damaged)
  writeFileSync(layer, Buffer.alloc(statSync(layer).size))
  const source = isRead ? ['--cache-from', `type=local,src=${damaged}`] : []
  const machine = isRead ? machines.add() : machines.first
  await rebuild(machine, '-t', 'app', ...source, '--cache-to', `type=local,dest=${damaged},mode=max`)
  for (const path of layersOf(damaged))
    expect(basename(path)).toBe(createHash('sha256').update(readFileSync(path)).digest('hex'))
})

function layersOf(layout: string): string[] {
  const index: { manifests: { digest: string }[] } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'))
  const blob = (digest: string) => join(layout, 'blobs/sha256', digest.slice('sha256:'.length))
  return index.manifests.flatMap(({ digest }) => {
    const { layers }: { layers: { digest: string }[] } = JSON.parse(readFileSync(blob(digest), 'utf8'))
    return layers.map((layer) => blob(layer.digest))
  })
}

function copyWithoutLayers(from: string, to: string): void {
  cpSync(from, to, { recursive: true })
  for (const layer of layersOf(to)) rmSync(layer, { force: true })
}

describe('an unresponsive cache', () => {
  const silent = createServer((connection) => void connection.on('error', () => {}))
  const cacheOf = () => {
    const address = silent.address()
    return `type=registry,ref=127.0.0.1:${typeof address === 'object' ? address?.port : ''}/cache`
  }
  beforeAll(() => new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve)))
  afterAll(() => void silent.close())

  test('does not delay an error in the Dockerfile', async () => {
    const folder = mkdtempSync(join(room, 'mistake-'))
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPPY a b\n')
    const { exitCode } = await machines.add().run('build', '--cache-from', cacheOf(), folder)
    expect(exitCode).toBe(65)
  }, 20_000)

  test('does not matter if the store has every step', async () => {
    const on = machines.add()
    const folder = mkdtempSync(join(room, 'known-'))
    writeFileSync(join(folder, 'a.txt'), 'hello\n')
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY a.txt /\n')
    await on.ok('build', folder)
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\n# planned again\nCOPY a.txt /\n')
    const { exitCode, stderr } = await on.run('build', '--progress=plain', '--cache-from', cacheOf(), folder)
    expect(exitCode, stderr).toBe(0)
    expect(stderr).toMatch(/ CACHED$/m)
    expect(stderr).not.toContain('127.0.0.1')
  }, 20_000)
})
