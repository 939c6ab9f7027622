import { appendFileSync, readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LayerStore, StoreEvent } from '../../layer-store/index.ts'
import { temporaryStore } from './temporary-store.ts'

function note(store: LayerStore, action: string): void {
  store.events.append({ type: 'volume', action, id: 'v' })
}

async function actionsOf(events: AsyncIterable<StoreEvent>): Promise<string[]> {
  const actions: string[] = []
  for await (const { action } of events) actions.push(action)
  return actions
}

function filesOf({ root }: LayerStore): string[] {
  return readdirSync(join(root, 'events')).sort()
}

test('events are read in order, with their time and attributes', async () => {
  const store = await temporaryStore()
  const attributes = { image: 'busybox', label: 'a\nb\u001e"c' }
  store.events.append({ type: 'container', action: 'create', id: 'abc', attributes })
  note(store, 'create')
  const events: StoreEvent[] = []
  for await (const event of store.events.read()) events.push(event)
  expect(events[0]).toMatchObject({ type: 'container', action: 'create', id: 'abc', attributes })
  expect(Math.abs(Date.parse(events[0]?.time ?? '') - Date.now())).toBeLessThan(60_000)
  expect(events[1]).toMatchObject({ type: 'volume', id: 'v', attributes: {} })
})

test('a torn record does not affect others', async () => {
  const store = await temporaryStore()
  for (const action of ['first', 'torn']) note(store, action)
  const path = join(store.root, 'events', '1.json-seq')
  truncateSync(path, statSync(path).size - 10)
  expect(await actionsOf(store.events.read())).toEqual(['first'])
  note(store, 'next')
  expect(await actionsOf(store.events.read())).toEqual(['first', 'next'])
})

test('records that are not events are skipped', async () => {
  const store = await temporaryStore()
  note(store, 'good')
  const lines = [
    'garbage',
    '\x1e{}',
    '\x1e[1]',
    '\x1e{"type":"container","action":1,"id":"","time":"","attributes":{}}',
  ]
  const hostile = { time: '2026-01-31T12:00:00Z', type: 'volume', action: 'x', id: 'y', attributes: { a: 1 } }
  appendFileSync(join(store.root, 'events', '1.json-seq'), `${[...lines, JSON.stringify(hostile)].join('\n')}\n`)
  note(store, 'better')
  expect(await actionsOf(store.events.read())).toEqual(['good', 'better'])
})

describe('the size', () => {
  test('stays bounded by removing the oldest', async () => {
    const store = await temporaryStore()
    const attributes = { filler: 'x'.repeat(4000) }
    for (let number = 0; number < 1200; number += 1) {
      store.events.append({ type: 'image', action: String(number), id: 'i', attributes })
    }
    const sizes = filesOf(store).map((name) => statSync(join(store.root, 'events', name)).size)
    expect(sizes).toHaveLength(2)
    expect(Math.max(...sizes)).toBeLessThan((1 << 20) + 8192)
    const actions = await actionsOf(store.events.read())
    expect(actions.at(-1)).toBe('1199')
    expect(actions.length).toBeGreaterThan(260)
  })

  test('of a record is bounded too, by omitting large labels', async () => {
    const store = await temporaryStore()
    const attributes = { name: 'web', exitCode: '1', label: 'x'.repeat(100_000) }
    store.events.append({ type: 'container', action: 'die', id: 'c', attributes })
    for await (const event of store.events.read()) expect(event.attributes).toEqual({ name: 'web', exitCode: '1' })
  })
})

describe('read()', () => {
  test('covers the requested period only', async () => {
    const store = await temporaryStore()
    note(store, 'early')
    const nowMs = Date.now() + 1
    expect(await actionsOf(store.events.read({ sinceMs: nowMs, untilMs: nowMs, follow: true }))).toEqual([])
    expect(await actionsOf(store.events.read({ untilMs: nowMs, follow: true }))).toEqual(['early'])
  })

  test('follows a log that does not exist yet', async () => {
    const store = await temporaryStore()
    const stop = new AbortController()
    const seen: string[] = []
    const reading = (async () => {
      for await (const { action } of store.events.read({ follow: true, signal: stop.signal })) {
        seen.push(action)
        if (action === 'last') stop.abort()
      }
    })()
    for (const action of ['first', 'last']) note(store, action)
    await reading
    expect(seen).toEqual(['first', 'last'])
  })
})

test('tagging an image with a tag it has emits no event', async () => {
  const store = await temporaryStore()
  const config = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers' as const, diff_ids: [] } }
  const image = await store.images.put(config, [])
  for (let time = 0; time < 2; time += 1) await store.images.tag(image.id, 'docker.io/library/app:latest')
  await store.images.remove(image.id)
  expect(await actionsOf(store.events.read())).toEqual(['tag', 'untag', 'delete'])
})
