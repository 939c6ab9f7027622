import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LayerStore, openStore, type StoreTreeWork } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { removeAfterTest } from '../support/removed-afterwards.ts'

/** A store in a private directory, removed after the test. */
export async function temporaryStore(trees: StoreTreeWork = openNative().trees): Promise<LayerStore> {
  return openStore(await temporaryRoot(), trees)
}

export async function temporaryRoot(): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'tsbuild-store-'))
  removeAfterTest(() => rm(root, { recursive: true, force: true }))
  return root
}

export async function listOf<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
