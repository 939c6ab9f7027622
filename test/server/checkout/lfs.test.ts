import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkOut } from '../../../server/checkout/check-out.ts'
import { gitLogin } from '../../../server/checkout/git-environment.ts'
import { type GitOverHttp, serveGitOverHttp } from '../support/git-over-http.ts'
import { createRepository, type GitRepository } from '../support/git-repository.ts'

const directory = mkdtempSync(join(tmpdir(), 'ts-lfs-'))
const content = 'a large file\n'
const oid = createHash('sha256').update(content).digest('hex')
const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.length}\n`
let http: GitOverHttp
let repository: GitRepository
let local: Server
let count = 0
let reached = 0

beforeAll(async () => {
  repository = createRepository(directory, 'app')
  repository.commit({ '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n', 'large.bin': pointer })
  http = await serveGitOverHttp(directory, 'right')
  http.lfs.set(oid, content)
  local = createServer((_, response) => {
    reached += 1
    response.end()
  })
  await new Promise<void>((resolve) => local.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  http?.close()
  local?.close()
  rmSync(directory, { recursive: true, force: true })
})

async function get(env: NodeJS.ProcessEnv = {}) {
  count += 1
  const url = `${http.url}/app.git`
  const login = await gitLogin(url, new Map([['git-token', 'right']]), {
    directory: join(directory, `login-${count}`),
    localRoots: [],
    knownHostsFile: undefined,
    ownKnownHosts: join(directory, 'known_hosts'),
  })
  return checkOut({
    url,
    ref: 'refs/heads/main',
    commit: undefined,
    submodules: true,
    lfs: true,
    cache: join(directory, `cache-${count}.git`),
    directory: join(directory, `out-${count}`),
    env: { ...login.env, ...env },
    signal: new AbortController().signal,
    onOutput: () => {},
  })
}

test('files of Git LFS are in the checkout, fetched with the token of the project', async () => {
  const checkout = await get()
  expect(readFileSync(join(checkout.directory, 'large.bin'), 'utf8')).toBe(content)
})

test('without git-lfs the build is refused: an image of pointers helps nobody', async () => {
  const bin = join(directory, 'bin')
  mkdirSync(bin)
  for (const name of ['git', 'sh']) symlinkSync(`/usr/bin/${name}`, join(bin, name))
  await expect(get({ PATH: bin, GIT_EXEC_PATH: '/usr/lib/git-core' })).rejects.toMatchObject({
    message: expect.stringContaining('there is no program "git-lfs"'),
    hint: expect.stringContaining('build.lfs'),
  })
})

test('a repository cannot name a service of this machine as its LFS server', async () => {
  const url = `http://127.0.0.1:${(local.address() as AddressInfo).port}/`
  repository.commit({ '.lfsconfig': `[lfs]\n\turl = ${url}\n` })
  await expect(get()).rejects.toThrow(/names a server of this machine/)
  expect(reached).toBe(0)
})
