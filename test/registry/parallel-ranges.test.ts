import { randomBytes } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { parseReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { type Fault, type FaultRegistry, startFaultRegistry } from '../support/fault-registry.ts'
import { anonymousClient, blobOf, collect } from './blob-samples.ts'

const bytes = randomBytes(48 << 20)
const blob = blobOf(bytes)
let registry: FaultRegistry
let client: RegistryClient

beforeEach(async () => {
  registry = await startFaultRegistry()
  registry.blobs.set(blob.digest, bytes)
  client = anonymousClient({ splitAfterMs: 0 })
})

/** Answers range requests; `change` can handle the n-th one differently, and returns true if it did. */
function ranged(change: (position: number, response: Parameters<Fault>[1]) => boolean = () => false): Fault {
  let position = 0
  return (request, response) => {
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
    if (from === undefined || to === undefined) return sendSlowly(request, response)
    position += 1
    if (change(position, response)) return true
    const piece = bytes.subarray(Number(from), Number(to) + 1)
    const etag = `"${position}"` // differs each time
    const head = { etag, 'content-length': piece.length, 'content-range': `bytes ${from}-${to}/${bytes.length}` }
    response.writeHead(206, head).end(piece)
    return true
  }
}

/** A connection that would take forever. */
const sendSlowly: Fault = (request, response) => {
  if (!request.url?.includes('/blobs/')) return false
  response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 1 << 20))
  return true
}

const fetched = async () => {
  const offsets: number[] = []
  const got = await collect(client.fetchBlob(parseReference(`${registry.host}/app`), blob))
  for (const { headers } of registry.requests) {
    const from = /^bytes=(\d+)-/.exec(headers.range ?? '')?.[1]
    if (from !== undefined) offsets.push(Number(from))
  }
  expect(got.equals(bytes)).toBe(true)
  return offsets
}

test('a slow blob is fetched over several connections in the right order, whatever the ETags', async () => {
  let open = 0
  let most = 0
  registry.faults.push(
    ranged((_, response) => {
      most = Math.max(most, ++open)
      response.once('close', () => {
        open -= 1
      })
      return false
    }),
  )
  const offsets = await fetched()
  expect(offsets.length).toBeGreaterThan(8)
  expect(new Set(offsets).size).toBe(offsets.length)
  expect(most).toBeGreaterThan(1)
})

test.each<[string, (response: Parameters<Fault>[1]) => void]>([
  ['refused', (response) => response.writeHead(416).end()],
  ['cut off', (response) => void response.writeHead(206, rangeHead()).write('x', () => response.destroy())],
  ['of another place', (response) => void response.writeHead(206, rangeHead(7)).end(bytes.subarray(7, 7 + (4 << 20)))],
  ['ignored', (response) => response.writeHead(200, { 'content-length': bytes.length }).end(bytes)],
])('where a range is %s, the rest comes over one connection', async (_, answer) => {
  let isDone = false
  registry.faults.push(
    ranged((position, response) => {
      if (position !== 4 || isDone) return false
      isDone = true
      answer(response)
      return true
    }),
  )
  const offsets = await fetched()
  expect(new Set(offsets).size).toBeLessThan(offsets.length) // something was requested again
})

function rangeHead(start = 0): Record<string, string | number> {
  return { 'content-length': 4 << 20, 'content-range': `bytes ${start}-${start + (4 << 20) - 1}/${bytes.length}` }
}

test('a server that ignores Range is read sequentially, skipping bytes that are already here', async () => {
  let isFirst = true
  registry.faults.push((request, response) => {
    if (!request.url?.includes('/blobs/')) return false
    if (isFirst) {
      isFirst = false
      return sendSlowly(request, response)
    }
    response.writeHead(200, { 'content-length': bytes.length }).end(bytes)
    return true
  })
  await fetched()
})

test('a fast connection remains the only one', async () => {
  await client.close()
  client = anonymousClient({ splitAfterMs: 60_000 })
  expect(await fetched()).toEqual([])
})

test('a cancelled pull leaves no connection behind', async () => {
  registry.faults.push(ranged((position) => position > 2)) // never answers
  const abort = new AbortController()
  const reading = collect(client.fetchBlob(parseReference(`${registry.host}/app`), blob, { signal: abort.signal }))
  setTimeout(() => abort.abort(), 200)
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' })
})
