import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApiClient } from '../../../server/index.ts'

let answer = { status: 200, body: '' }
const server = createServer((_, response) => response.writeHead(answer.status).end(answer.body))
let url = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

const session = { name: 'admin', scope: 'admin', version: '1.0.0' }

test('a valid response is returned', async () => {
  answer = { status: 200, body: JSON.stringify(session) }
  expect(await createApiClient({ url }).call('showSession')).toEqual(session)
})

test.each([
  ['a member of another type', JSON.stringify({ ...session, name: 7 }), 'name: Invalid type'],
  ['a missing member', JSON.stringify({ name: 'admin', scope: 'admin' }), 'version: Invalid key'],
  ['an unknown value', JSON.stringify({ ...session, scope: 'owner' }), 'scope: Invalid type'],
  ['a document that is not JSON', '<html>', 'Invalid JSON'],
])('a response with %s is refused', async (_, body, reason) => {
  answer = { status: 200, body }
  await expect(createApiClient({ url }).call('showSession')).rejects.toMatchObject({
    code: 'SERVER_BAD_RESPONSE',
    message: expect.stringContaining(`Cannot read the server's response to showSession: ${reason}`),
  })
})

test("an error has the server's code, message and hint", async () => {
  const error = { code: 'SERVER_OF_TOMORROW', message: 'Cannot do it', hint: 'Try later' }
  answer = { status: 409, body: JSON.stringify({ error }) }
  await expect(createApiClient({ url }).call('showSession')).rejects.toMatchObject(error)
})

test('an error without an error document reports the status', async () => {
  answer = { status: 502, body: '{"error":"bad gateway"}' }
  await expect(createApiClient({ url }).call('showSession')).rejects.toMatchObject({
    code: 'SERVER_UNREACHABLE',
    message: expect.stringContaining('502'),
  })
})
