import { expect, test } from 'vitest'
import { RegistryError } from '../../../registry/errors.ts'
import type { ExchangeRequest, ExchangeResponse } from '../../../registry/transport/exchange.ts'
import { retrying } from '../../../registry/transport/retry.ts'

const url = new URL('https://registry.test/v2/')
const request: ExchangeRequest = { method: 'GET', url, registry: { host: url.host, origin: url.origin } }

/** Each character is the outcome of an attempt: answered, or not connected in time. */
function attempts(outcomes: string) {
  let made = 0
  const send = retrying(
    async () => {
      if (outcomes[made++] === 'a') return { status: 200 } as ExchangeResponse
      const cause = Object.assign(new Error('timeout'), { code: 'UND_ERR_CONNECT_TIMEOUT' })
      throw new RegistryError('REGISTRY_UNAVAILABLE', 'Cannot connect', { cause })
    },
    { retries: 5, firstDelayMs: 1 },
  )
  return { send: () => send(request), made: () => made }
}

test('a registry that has responded is retried through an outage in which no connection succeeds', async () => {
  const registry = attempts('axxxxa')
  await registry.send()
  expect((await registry.send()).status).toBe(200)
  expect(registry.made()).toBe(6)
})

test('a registry that has never responded is given up after one connection that timed out', async () => {
  const registry = attempts('xa')
  await expect(registry.send()).rejects.toThrow('Cannot connect')
  expect(registry.made()).toBe(1)
})
