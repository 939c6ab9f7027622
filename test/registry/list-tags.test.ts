import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { anonymousClient } from './blob-samples.ts'

let server: Server | undefined
afterEach(() => server?.close())

/** A registry whose list has these pages: what is asked → the body and the link of the answer. */
async function listOf(pages: Readonly<Record<string, readonly [body: string, link?: string]>>) {
  const running = createServer((request, response) => {
    const [body, link] = pages[request.url ?? ''] ?? ['{}']
    if (link !== undefined) response.setHeader('link', link)
    response.end(body)
  })
  server = running
  await new Promise<void>((done) => running.listen(0, '127.0.0.1', done))
  const client = anonymousClient()
  try {
    const host = `127.0.0.1:${(running.address() as AddressInfo).port}`
    return await client.listTags({ host, repository: 'team/app' })
  } finally {
    await client.close()
  }
}

const first = '/v2/team/app/tags/list'

test('a list is read over all its pages', async () => {
  const next = `${first}?last=b&n=2`
  const pages = { [first]: ['{"tags":["a","b"]}', `<${next}>; rel="next"`], [next]: ['{"tags":["c"]}'] } as const
  expect(await listOf(pages)).toEqual(['a', 'b', 'c'])
})

test('a repository without tags has null', async () => {
  expect(await listOf({ [first]: ['{"tags":null}'] })).toEqual([])
})

test.each([
  ['no JSON', 'x'],
  ['a list of something else', '{"tags":[1]}'],
  ['a tag that leads elsewhere', '{"tags":["../../other"]}'],
])('%s is refused', async (_, body) => {
  await expect(listOf({ [first]: [body] })).rejects.toMatchObject({ code: 'REGISTRY_BAD_RESPONSE' })
})

test.each(['/v2/other/tags/list', 'file:///etc/passwd', 'http://[::bad'])(
  'a next page at %s is refused: a list that ended there would miss tags',
  async (elsewhere) => {
    await expect(listOf({ [first]: ['{"tags":["a"]}', `<${elsewhere}>; rel="next"`] })).rejects.toMatchObject({
      code: 'REGISTRY_BAD_RESPONSE',
    })
  },
)

test('a next page at another host is asked for at the registry: behind a proxy it has another address', async () => {
  const next = `${first}?last=a`
  const pages = {
    [first]: ['{"tags":["a"]}', `<http://192.0.2.1${next}>; rel="next"`],
    [next]: ['{"tags":["b"]}'],
  } as const
  expect(await listOf(pages)).toEqual(['a', 'b'])
})

test('a list without end is given up', async () => {
  await expect(listOf({ [first]: ['{"tags":[]}', `<${first}>; rel="next"`] })).rejects.toMatchObject({
    code: 'REGISTRY_BAD_RESPONSE',
  })
})
