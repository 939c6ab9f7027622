import { mkdirSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import type { Engine } from '../../../engine/index.ts'
import { engineWithBase } from './engine-with-base.ts'

const CACHE = '--mount=type=cache,id=shared,target=/tmp'
const OWNED = `${CACHE},uid=1000`

let room = ''
let engine: Engine

beforeAll(async () => {
  ;({ room, engine } = await engineWithBase())
})

let contexts = 0

function build(steps: readonly string[], more: { readonly noCache?: boolean } = {}) {
  contexts += 1
  const path = join(room, `context-${contexts}`)
  mkdirSync(path)
  writeFileSync(join(path, 'Dockerfile'), ['FROM conformance/base:1', ...steps.map((step) => `RUN ${step}`)].join('\n'))
  return engine.builder.build({ context: { kind: 'directory', path }, outputs: [], ...more })
}

test('--no-cache empties the cache mounts of its steps once per build', async () => {
  await build([`${CACHE} touch /tmp/plain`, `${OWNED} touch /tmp/owned`])
  await build([`${CACHE} test -e /tmp/plain`, `${OWNED} test -e /tmp/owned`])
  await build([`${CACHE} ! ls /tmp/* && touch /tmp/again`, `${CACHE} ls /tmp/again`], { noCache: true })
  await build([`${OWNED} ls /tmp/owned`])
  await build([`${OWNED} ! ls /tmp/*`], { noCache: true })
  await build([`${CACHE} ls /tmp/again && true`])
})

test('cache mounts are pruned with the build cache, unless they were used since', async () => {
  await build([`${CACHE} touch /tmp/used`])
  const cache = { pins: async () => ({}), buildCache: true }
  await engine.store.prune({ ...cache, usedBeforeMs: Date.now() - 60_000 })
  await build([`${CACHE} ls /tmp/used`])
  await engine.store.prune(cache)
  await build([`${CACHE} ! ls /tmp/*`])
})

test('a running step keeps a cache that another build empties', async () => {
  const waiting = `${CACHE.replace('shared', 'busy')} touch /tmp/mine && until [ -e /tmp/go ]; do sleep 0.1; done; ls /tmp/mine`
  const before = new Set(readdirSync(join(room, 'store/cache-mounts')))
  const running = build([waiting])
  const home = await appears(() => readdirSync(join(room, 'store/cache-mounts')).find((name) => !before.has(name)))
  const cache = join(room, 'store/cache-mounts', home, '0/cache')
  await appears(() => (readdirSync(cache).includes('mine') ? 'mine' : undefined))
  await build([`${CACHE.replace('shared', 'busy')} ! ls /tmp/*`], { noCache: true })
  writeFileSync(join(cache, 'go'), '')
  await running
  await build([`${CACHE.replace('shared', 'busy')} ! ls /tmp/mine`])
})

test('a link in place of a cache is not followed: the cache starts empty', async () => {
  const mount = CACHE.replace('shared', 'linked')
  const before = new Set(readdirSync(join(room, 'store/cache-mounts')))
  await build([`${mount} touch /tmp/kept`])
  const home = readdirSync(join(room, 'store/cache-mounts')).find((name) => !before.has(name)) ?? ''
  const slot = join(room, 'store/cache-mounts', home, '0')
  const outside = join(room, 'outside')
  renameSync(join(slot, 'cache'), outside)
  symlinkSync(outside, join(slot, 'cache'))
  await build([`${mount} ! ls /tmp/kept && touch /tmp/new`])
  expect(readdirSync(outside)).toEqual(['kept'])
  await build([`${mount} ls /tmp/new`])
})

async function appears(find: () => string | undefined): Promise<string> {
  for (;;) {
    try {
      const found = find()
      if (found !== undefined) return found
    } catch {
      // does not exist yet
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
