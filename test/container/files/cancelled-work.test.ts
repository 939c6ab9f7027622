import { PassThrough } from 'node:stream'
import { beforeAll, expect, test } from 'vitest'
import type { Containers } from '../../../container/index.ts'
import { runToEnd, type TestEngine, temporaryContainers } from '../temporary-containers.ts'

let engine: TestEngine
let id: string
beforeAll(async () => {
  engine = await temporaryContainers()
  id = (await runToEnd(engine.containers, { command: ['sh', '-c', 'echo new > /new'] })).id
})

const work: readonly (readonly [string, (containers: Containers, signal: AbortSignal) => Promise<unknown>])[] = [
  ['commit', (containers, signal) => containers.commit(id, { reference: 'committed' }, signal)],
  ['export', (containers, signal) => containers.export(id, new PassThrough().resume(), signal)],
  ['diff', (containers, signal) => containers.diff(id, signal)],
]

test.each(work)('%s ends when it is cancelled', async (_, start) => {
  await expect(start(engine.containers, AbortSignal.abort())).rejects.toMatchObject({ code: 'SANDBOX_ABORTED' })
  expect(await engine.store.images.list()).toHaveLength(1)
})
