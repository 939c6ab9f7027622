import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { parseReference } from '../../image-spec/index.ts'
import { platformImageOf } from '../../images/documents/prepare-image.ts'
import { pullImage } from '../../images/transfer/pull-image.ts'
import { pushImage } from '../../images/transfer/push-image.ts'
import { openStore } from '../../layer-store/index.ts'
import { openNative } from '../../sandbox-native/driver/index.ts'
import { LINUX, makeImage } from '../images/transfer/image-samples.ts'
import { temporaryRoot, temporaryStore } from '../layer-store/temporary-store.ts'
import { anonymousClient } from '../registry/blob-samples.ts'
import { type FaultRegistry, startFaultRegistry } from '../support/fault-registry.ts'
import { ended, firstLine, useScript } from './run-child.ts'

const SENT_BYTES = 6 << 20
const start = useScript('pull-child.ts')
let registry: FaultRegistry

beforeAll(async () => {
  registry = await startFaultRegistry()
})

test('the next command resumes the bytes and the digest of a killed pull', async () => {
  const client = anonymousClient()
  const reference = parseReference(`${registry.host}/app:v1`)
  const source = await temporaryStore()
  const image = await makeImage(source, 'local/app:v1', [{ 'big.bin': randomBytes(10 << 20) }])
  await pushImage({ store: source, client, reference, images: [platformImageOf(image)] })

  registry.faults.push((request, response) => {
    const blob = registry.blobs.get(/\/blobs\/(sha256:.*)$/.exec(request.url ?? '')?.[1] ?? '')
    if (blob === undefined || blob.length < SENT_BYTES) return false
    response.writeHead(200, { 'content-length': blob.length }).write(blob.subarray(0, SENT_BYTES))
    return true // and never the rest
  })
  const root = join(await temporaryRoot(), 'store')
  const child = start([root, `${registry.host}/app:v1`, String(SENT_BYTES)])
  expect(await firstLine(child)).toBe('there')
  const states = async () => (await readdir(join(root, 'tmp'))).filter((name) => /^partial-.*\.state$/.test(name))
  await expect.poll(states).toHaveLength(1)
  child.kill('SIGKILL')
  expect(await ended(child)).toBe('SIGKILL')

  registry.faults.length = 0
  registry.requests.length = 0
  const store = await openStore(root, openNative().trees)
  expect((await pullImage({ store, client, reference, platform: LINUX })).id).toBe(image.id)
  const ranges = registry.requests.flatMap(({ headers }) => headers.range ?? [])
  expect(ranges).toEqual([expect.stringMatching(new RegExp(`^bytes=${SENT_BYTES}-`))])
  await store.layers.abandon(await store.layers.draft()) // the first draft of a process cleans up after dead ones
  expect(await readdir(join(root, 'tmp'))).toEqual([])
  await client.close()
})
