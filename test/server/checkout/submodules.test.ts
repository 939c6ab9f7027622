import { existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { CheckoutRefused } from '../../../server/checkout/run-git.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { type GitOverHttp, serveGitOverHttp } from '../support/git-over-http.ts'
import { createRepository, type GitRepository } from '../support/git-repository.ts'
import { checkOutAsWorker } from '../support/test-checkout.ts'

const directory = temporaryDirectory('submodules')
let http: GitOverHttp
let commit: string
let local: Server
let operatorProxy: Server
const reached: string[] = []
let count = 0

beforeAll(async () => {
  commit = createRepository(directory, 'inner').commit({ file: 'inner' })
  http = await serveGitOverHttp(directory, 'right')
  local = await listen('local')
  operatorProxy = await listen('proxy')
})
afterAll(() => {
  local?.close()
  operatorProxy?.close()
})

async function listen(name: string): Promise<Server> {
  const server = createServer((request, response) => {
    reached.push(`${name} ${request.url?.replace(/\?.*/, '')}`)
    response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

const portOf = (server: Server): number => (server.address() as AddressInfo).port

function repositoryWith(submodule: string): GitRepository {
  count += 1
  const outer = createRepository(directory, `outer-${count}`)
  commitSubmodule(outer, submodule)
  return outer
}

function commitSubmodule(outer: GitRepository, submodule: string): void {
  outer.commit({ '.gitmodules': `[submodule "s"]\n\tpath = s\n\turl = ${submodule}\n` })
  outer.git('update-index', '--add', '--cacheinfo', `160000,${commit},s`)
  outer.git('commit', '--quiet', '--message', 'submodule')
  outer.git('push', '--quiet', 'origin', 'main')
}

/** With a submodule at this address, checked out in this environment. */
async function get(submodule: string, env: NodeJS.ProcessEnv) {
  reached.length = 0
  repositoryWith(submodule)
  return checkOutLast(env, 'out')
}

/** The last repository. */
function checkOutLast(env: NodeJS.ProcessEnv, name: string) {
  const out = join(directory, `${name}-${count}`)
  const url = `${http.url}/outer-${count}.git`
  return checkOutAsWorker({ url, room: directory, name: count, lfs: false, directory: out, env })
}

test('a relative address of a submodule is relative to that of the repository', async () => {
  const checkout = await get('../inner.git', {})
  expect(readFileSync(join(checkout.directory, 's/file'), 'utf8')).toBe('inner')
})

test('a commit that changes the address of a submodule is built with the new address', async () => {
  const outer = repositoryWith(`${http.url}/moved-away.git`)
  await expect(checkOutLast({}, 'before')).rejects.toThrow('submodules')
  commitSubmodule(outer, `${http.url}/inner.git`)
  const checkout = await checkOutLast({}, 'after')
  expect(readFileSync(join(checkout.directory, 's/file'), 'utf8')).toBe('inner')
})

test.each([
  ['by address', (port: number) => `ssh://git@127.0.0.1:${port}/x.git`],
  ['by name', (port: number) => `ssh://git@localhost:${port}/x.git`],
  ['by IPv6', (port: number) => `ssh://git@[::ffff:127.0.0.1]:${port}/x.git`],
])('a submodule by ssh does not reach a service of this machine, %s', async (_, url) => {
  const connected: number[] = []
  const service = createTcpServer((socket) => {
    connected.push(1)
    socket.destroy()
  })
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  const { port } = service.address() as AddressInfo
  try {
    const error = await get(url(port), {}).catch((cause: Error) => cause)
    expect(error).toBeInstanceOf(CheckoutRefused)
    expect(error).toMatchObject({ message: expect.stringMatching(/may not lead to this machine/) })
    expect(connected).toEqual([])
  } finally {
    service.close()
  }
})

test.each([
  ['a transport that is not allowed', `file://${directory}/inner.git`, /transport 'file' not allowed$/],
  ['a host that is part of a command', "ssh://git@a'$(id)'/x.git", /invalid host/],
  ['a value that is not closed', '"', /: bad config line \d+ in file \.gitmodules$/],
])('.gitmodules with %s fails without a retry', async (_, url, message) => {
  const error = await get(url, {}).catch((cause: Error) => cause)
  expect(error).toBeInstanceOf(CheckoutRefused)
  expect(error).toMatchObject({
    message: expect.stringMatching(message),
    hint: expect.stringContaining('.gitmodules'),
  })
})

describe('where the operator configured a proxy', () => {
  const proxy = (): string => `http://127.0.0.1:${portOf(operatorProxy)}`
  const https = () => ({ https_proxy: proxy(), NO_PROXY: '127.0.0.1' })
  const both = () => ({ ...https(), http_proxy: proxy() })

  test('for https, a submodule by http is still not fetched from this machine', async () => {
    await expect(get(`http://127.0.0.1:${portOf(local)}/x.git`, https())).rejects.toThrow(
      /may not lead to this machine/,
    )
    expect(reached).toEqual([])
  })

  test('with exceptions, a submodule at an excepted address is left to the proxy', async () => {
    const url = `http://127.0.0.1:${portOf(local)}/x.git`
    await expect(get(url, both())).rejects.toThrow(/not found/)
    expect(new Set(reached)).toEqual(new Set([`proxy ${url}/info/refs`]))
  })

  test("with an exception for the repository's own server, submodules come from there", async () => {
    const checkout = await get(`${http.url}/inner.git`, both())
    expect(readFileSync(join(checkout.directory, 's/file'), 'utf8')).toBe('inner')
    expect(existsSync(join(checkout.directory, 's/.git'))).toBe(false)
    expect(reached).toEqual([])
  })
})
