import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { ended, useScript } from './run-child.ts'

const [PROCESSES, EACH] = [4, 300]
const write = useScript('event-writer.ts')

test('concurrent processes neither lose nor mix events, even when the log rotates', async () => {
  const root = await mkdtemp(join(tmpdir(), 'tsbuild-events-'))
  try {
    const store = await openStore(root, openNative().trees)
    const names = Array.from({ length: PROCESSES }, (_, number) => String(number))
    const done = new AbortController()
    const all = Promise.all(names.map((name) => ended(write([root, name, String(EACH)])))).finally(() => done.abort())
    const actions: string[] = []
    for await (const { action } of store.events.read({ follow: true, signal: done.signal })) actions.push(action)
    expect(await all).toEqual(names.map(() => 0))
    for (const name of names) {
      const own = actions.filter((action) => action.startsWith(`${name}:`))
      expect(own).toEqual(Array.from({ length: EACH }, (_, number) => `${name}:${number}`))
    }
    expect(readdirSync(join(root, 'events'))).toHaveLength(2)
  } finally {
    await rm(root, { recursive: true })
  }
})
