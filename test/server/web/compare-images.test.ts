import { expect, test } from 'vitest'
import type { PlatformImage } from '../../../server/index.ts'
import { changedConfig, changedLayers, compareFiles } from '../../../server/web/views/images/compare-images.ts'

const layer = (diffId: string, createdBy: string, sizeBytes = 1) => ({
  diffId,
  createdBy,
  sizeBytes,
  fileCount: 1,
  wastedBytes: 0,
})
const image = (layers: PlatformImage['layers'], config: PlatformImage['config'] = {}): PlatformImage => ({
  platform: 'linux/amd64',
  imageId: 'sha256:0',
  sizeBytes: 0,
  wastedBytes: 0,
  layers,
  config,
  history: [],
})
const file = (path: string, sizeBytes: number) => ({ path, kind: 'file' as const, sizeBytes, mode: 0, uid: 0, gid: 0 })

test('layers with the same instruction are compared, the others are added or removed', () => {
  const before = image([layer('a', 'FROM'), layer('b', 'RUN make'), layer('c', 'RUN old')])
  const after = image([layer('a', 'FROM'), layer('d', 'RUN make'), layer('e', 'RUN new')])
  expect(changedLayers(before, after).map((pair) => [pair.before?.diffId, pair.after?.diffId])).toEqual([
    ['b', 'd'],
    [undefined, 'e'],
    ['c', undefined],
  ])
})

test('settings are compared line by line', () => {
  const before = image([], { Env: ['A=1', 'B=2'], User: 'root' })
  const after = image([], { Env: ['A=1', 'B=3'] })
  expect(changedConfig(before, after)).toEqual([
    { name: 'Env', removed: ['B=2'], added: ['B=3'] },
    { name: 'User', removed: ['root'], added: [] },
  ])
})

test('files are compared by size, the largest difference first', () => {
  const before = { fileCount: 2, files: [file('/gone', 5), file('/grown', 10)] }
  const after = { fileCount: 2, files: [file('/grown', 110), file('/new', 7)] }
  expect(compareFiles(before, after)).toEqual([
    { path: '/grown', kind: 'changed', deltaBytes: 100 },
    { path: '/new', kind: 'added', deltaBytes: 7 },
    { path: '/gone', kind: 'removed', deltaBytes: -5 },
  ])
})
