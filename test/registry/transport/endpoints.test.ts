import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { parseReference } from '../../../image-spec/index.ts'
import { RegistryError } from '../../../registry/errors.ts'
import { originFinder } from '../../../registry/transport/endpoints.ts'
import type { ExchangeRequest } from '../../../registry/transport/exchange.ts'
import { anonymousClient } from '../blob-samples.ts'

/** A port of this machine that takes connections and never answers. */
async function stalledHost() {
  const server = createServer(() => {}).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, stop: () => server.close() }
}

test('a request ends when it is cancelled, even if others wait for the host', async () => {
  const { host, stop } = await stalledHost()
  const client = anonymousClient()
  const reference = parseReference(`${host}/app:1`)
  client.prepare(reference)
  const other = client.listTags(reference).catch((error: unknown) => error)
  const cancelled = client.listTags(reference, AbortSignal.timeout(200))
  await expect(cancelled).rejects.toThrow()
  expect(await Promise.race([other, Promise.resolve('waits')])).toBe('waits')
  await client.close()
  stop()
})

test('a request waits for the host although the first request was cancelled', async () => {
  const { host, stop } = await stalledHost()
  const client = anonymousClient()
  const reference = parseReference(`${host}/app:1`)
  const first = client.listTags(reference, AbortSignal.timeout(100))
  let hasEnded = false
  void client.listTags(reference).catch(() => {
    hasEnded = true
  })
  await expect(first).rejects.toThrow()
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(hasEnded).toBe(false)
  await client.close()
  stop()
})

test('a silent port of this machine is tried once in each protocol, and has 15 s to respond', async () => {
  const requests: ExchangeRequest[] = []
  const findOrigin = originFinder(
    async (request) => {
      requests.push(request)
      const code = request.url.protocol === 'http:' ? 'UND_ERR_HEADERS_TIMEOUT' : 'UND_ERR_CONNECT_TIMEOUT'
      const cause = Object.assign(new Error('timeout'), { code })
      throw new RegistryError('REGISTRY_UNAVAILABLE', `no response (${code})`, { cause })
    },
    { isInsecure: () => true, isPlain: () => false },
  )
  await expect(findOrigin('127.0.0.1:5000')).rejects.toThrow('no response (UND_ERR_HEADERS_TIMEOUT)')
  expect(requests.map(({ url, maxResponseMs }) => [url.protocol, maxResponseMs])).toEqual([
    ['http:', 15_000],
    ['https:', 15_000],
  ])
})
