import { expect, test } from 'vitest'
import { startBuildChild } from '../../server/worker/build-child.ts'

const spec = {
  checkoutDirectory: '/',
  storeDirectory: '/',
  request: { contextDirectory: '/' },
  push: false,
  secrets: {},
  auths: {},
  insecureHosts: [],
  allowedHosts: [],
}

async function linesOf(output: string) {
  const child = startBuildChild(['/bin/sh', '-c', `printf '%s\\n' '${output}'`], spec, { home: '/', user: undefined })
  const lines = []
  try {
    for await (const line of child.lines) lines.push(line)
    return lines
  } finally {
    await child.ended
  }
}

test('a line in the documented format is accepted', async () => {
  const line = { kind: 'event', event: { kind: 'step-started', step: 'a', atMs: 1 } }
  expect(await linesOf(JSON.stringify(line))).toEqual([line])
})

test.each([
  ['an unknown kind', { kind: 'query', text: 'drop table builds' }],
  ['an outcome without its members', { kind: 'done', outcome: {} }],
  ['an image that is not one', { kind: 'image', image: { platform: ['linux'] } }],
  [
    'an event of another type',
    { kind: 'event', event: { kind: 'step-log', step: {}, stream: 'stdout', text: '', atMs: 1 } },
  ],
])('a compromised build process cannot send %s to the server', async (_, line) => {
  await expect(linesOf(JSON.stringify(line))).rejects.toMatchObject({ code: 'SERVER_BUILD_LOST' })
})
