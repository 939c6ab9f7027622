import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { anonymousClient } from './blob-samples.ts'

let server: Server | undefined
let requests = 0
afterEach(() => server?.close())

/** A registry with a paginated list: request → body and link of the response. */
async function listOf(pages: Readonly<Record<string, readonly [body: string, link?: string]>>) {
  const running = createServer((request, response) => {
    requests += 1
    const [body, link] = pages[request.url ?? ''] ?? ['{}']
    if (link !== undefined) response.setHeader('link', link)
    response.end(body)
  })
  server = running
  await new Promise<void>((done) => running.listen(0, '127.0.0.1', done))
  const client = anonymousClient()
  const host = `127.0.0.1:${(running.address() as AddressInfo).port}`
  return await client.listTags({ host, repository: 'team/app' })
}

const first = '/v2/team/app/tags/list'

test('a list is read across all pages', async () => {
  const next = `${first}?last=b&n=2`
  const pages = { [first]: ['{"tags":["a","b"]}', `<${next}>; rel="next"`], [next]: ['{"tags":["c"]}'] } as const
  expect(await listOf(pages)).toEqual(['a', 'b', 'c'])
})

test.each([
  '<NEXT>; title="a, b; rel=prev"; rel="next"',
  '<NEXT>;rel="last next"',
  '</other>; rel="prev", <NEXT> ; REL = Next',
])('the next page is found in %s', async (link) => {
  const next = `${first}?last=b`
  const pages = { [first]: ['{"tags":["a"]}', link.replace('NEXT', next)], [next]: ['{"tags":["c"]}'] } as const
  expect(await listOf(pages)).toEqual(['a', 'c'])
})

test.each(['</other>; rel="prev"', '</other>; title="rel=next; rel=next"', '<'.repeat(15_000)])(
  'no page follows %s',
  async (link) => {
    expect(await listOf({ [first]: ['{"tags":["a"]}', link] })).toEqual(['a'])
  },
)

test('a repository whose list is null has no tags', async () => {
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
  'a next page at %s is refused, because stopping there would omit tags',
  async (elsewhere) => {
    await expect(listOf({ [first]: ['{"tags":["a"]}', `<${elsewhere}>; rel="next"`] })).rejects.toMatchObject({
      code: 'REGISTRY_BAD_RESPONSE',
    })
  },
)

test('a next page at another host is requested from the registry, whose address behind a proxy differs', async () => {
  const next = `${first}?last=a`
  const pages = {
    [first]: ['{"tags":["a"]}', `<http://192.0.2.1${next}>; rel="next"`],
    [next]: ['{"tags":["b"]}'],
  } as const
  expect(await listOf(pages)).toEqual(['a', 'b'])
})

test.each([
  ['itself', first, first],
  ['the page before', `${first}?last=a`, first],
])('a page that links to %s is an error without further requests', async (_, second, third) => {
  requests = 0
  const pages = {
    [`${first}?last=a`]: ['{"tags":["b"]}', `<${third}>; rel="next"`],
    [first]: ['{"tags":["a"]}', `<${second}>; rel="next"`],
  } as const
  await expect(listOf(pages)).rejects.toMatchObject({
    code: 'REGISTRY_BAD_RESPONSE',
    message: expect.stringContaining('already sent'),
  })
  expect(requests).toBeLessThanOrEqual(3)
})
