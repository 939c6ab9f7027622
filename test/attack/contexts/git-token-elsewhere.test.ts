import { mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { runInProcess } from '../../cli/support/run-in-process.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

const directory = temporaryDirectory('cli')
let server: Server
let repository: string
let seen: (string | undefined)[]

beforeAll(async () => {
  server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  repository = `http://127.0.0.1:${(server.address() as AddressInfo).port}/some.git`
  mkdirSync(join(directory, 'context'))
  writeFileSync(join(directory, 'context/Dockerfile'), `FROM scratch\nADD ${repository} /\n`)
})

beforeEach(() => {
  seen = []
})

afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const TOKEN = { GIT_AUTH_TOKEN: 'of another server' }

function build(...words: readonly string[]) {
  return runInProcess(['build', ...words], { root: join(directory, 'store'), env: TOKEN, cwd: directory })
}

test('a token from the environment is not sent to a server that only the Dockerfile names', async () => {
  expect((await build('context')).code).not.toBe(0)
  expect(seen.length).toBeGreaterThan(0)
  expect(seen.every((authorization) => authorization === undefined)).toBe(true)
})

test.each([
  ['the user names as the build context', () => [repository]],
  ['the user names as a build context', () => ['--build-context', `x=${repository}`, 'context']],
  ['the Dockerfile names, if it is a secret', () => ['--secret', 'id=GIT_AUTH_TOKEN', 'context']],
])('a token is sent to a server that %s', async (_, words) => {
  expect((await build(...words())).code).not.toBe(0)
  expect(seen[0]).toMatch(/^basic /i)
})
