import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { type GitOverHttp, serveGitOverHttp } from '../support/git-over-http.ts'
import { createRepository, type GitRepository } from '../support/git-repository.ts'
import { checkOutAsWorker } from '../support/test-checkout.ts'

const directory = temporaryDirectory('lfs')
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
  local?.close()
})

function get(env: NodeJS.ProcessEnv = {}, { url = `${http.url}/app.git`, localRoots = [] as string[] } = {}) {
  count += 1
  return checkOutAsWorker({ url, room: directory, name: count, localRoots, env })
}

test('files in Git LFS are checked out with the token of the project', async () => {
  const checkout = await get()
  expect(readFileSync(join(checkout.directory, 'large.bin'), 'utf8')).toBe(content)
})

test('files are also in Git LFS by the attributes of a subdirectory', async () => {
  const assets = createRepository(directory, 'assets')
  assets.commit({ 'assets/.gitattributes': '*.bin filter=lfs\n', 'assets/a.bin': pointer })
  const checkout = await get({}, { url: `${http.url}/assets.git` })
  expect(readFileSync(join(checkout.directory, 'assets/a.bin'), 'utf8')).toBe(content)
})

test('files of submodules in Git LFS are checked out, from the servers of the submodules', async () => {
  const inner = createRepository(directory, 'inner')
  const commit = inner.commit({ '.gitattributes': '*.bin filter=lfs\n', 'in/large.bin': pointer })
  const middle = createRepository(directory, 'middle')
  const outer = createRepository(directory, 'outer')
  await get(
    {},
    {
      url: addSubmodule(outer, 'm', {
        name: 'middle',
        commit: addSubmodule(middle, 'a b/ü', { name: 'inner', commit }).commit,
      }).url,
    },
  )
  const path = join(directory, `out-${count}`, 'm/a b/ü/in/large.bin')
  expect(readFileSync(path, 'utf8')).toBe(content)
})

test('a missing object is reported with the file that needs it', async () => {
  const lost = createRepository(directory, 'lost')
  const other = pointer.replace(oid, '0'.repeat(64))
  lost.commit({ '.gitattributes': '*.bin filter=lfs\n', 'docs/lost.bin': other })
  await expect(get({}, { url: `${http.url}/lost.git` })).rejects.toThrow(/object 0{64} of "docs\/lost.bin" /)
})

test('without git-lfs the build is refused, since its image would contain pointers', async () => {
  const bin = join(directory, 'bin')
  mkdirSync(bin)
  for (const name of ['git', 'sh']) symlinkSync(`/usr/bin/${name}`, join(bin, name))
  await expect(get({ PATH: bin, GIT_EXEC_PATH: '/usr/lib/git-core' })).rejects.toMatchObject({
    message: expect.stringContaining('"git-lfs" is not installed'),
    hint: expect.stringContaining('build.lfs'),
  })
})

test.each([
  ['.lfsconfig', (port: number) => `[lfs]\n\turl = http://127.0.0.1:${port}/\n`],
  ['.lfsconfig for one remote', (port: number) => `[remote "origin"]\n\tlfsurl = http://localhost:${port}/\n`],
])('a repository cannot configure a service of this machine as its LFS server in %s', async (_, config) => {
  repository.commit({ '.lfsconfig': config(portOfLocal()) })
  await expect(get()).rejects.toThrow(/may not fetch LFS files from this machine/)
  expect(reached).toBe(0)
})

describe('an LFS server cannot lead to a service of this machine', () => {
  beforeAll(() => repository.commit({ '.lfsconfig': '' }))
  test.each([
    ['127.0.0.1', (port: number) => `http://127.0.0.1:${port}/`],
    ['localhost', (port: number) => `HTTP://LOCALHOST:${port}/`],
    ['::1', (port: number) => `http://[::1]:${port}/`],
    ['a mapped address', (port: number) => `http://[::ffff:127.0.0.1]:${port}/`],
    ['0.0.0.0', (port: number) => `http://0.0.0.0:${port}/`],
    ['https', (port: number) => `https://127.0.0.1:${port}/`],
    ['a redirect', (port: number) => `${http.url}/redirect/http://localhost:${port}/`],
    ['the metadata service', () => 'http://169.254.169.254/'],
  ])('by %s', async (_, href) => {
    http.lfs.set(oid, href(portOfLocal()))
    await expect(get()).rejects.toThrow(/may not fetch LFS files from this machine/)
    expect(reached).toBe(0)
  })

  test('or to a file, and content must match its pointer', async () => {
    http.lfs.set(oid, 'file:///etc/passwd')
    await expect(get()).rejects.toThrow(/not http or https/)
    http.lfs.set(oid, 'a large fake\n')
    await expect(get()).rejects.toThrow(/does not match its ID/)
    http.lfs.set(oid, 'a large file that is longer\n')
    await expect(get()).rejects.toThrow(/is longer than 13 bytes/)
    http.lfs.set(oid, content)
    expect(readFileSync(join((await get()).directory, 'large.bin'), 'utf8')).toBe(content)
  })
})

test('a pointer with a file name that is not UTF-8 fails the checkout', async () => {
  const path = Buffer.concat([Buffer.from(join(directory, 'app-copy/')), Buffer.from('\xff.bin', 'latin1')])
  writeFileSync(path, pointer)
  repository.commit({ other: 'x' })
  await expect(get()).rejects.toThrow(/is not UTF-8/)
  rmSync(path)
  repository.commit({ other: 'y' })
})

test('LFS files of an ssh repository are authorized over ssh', async () => {
  const asked = join(directory, 'asked')
  const answer = JSON.stringify({ href: `${http.url}/app.git/info/lfs`, header: { Authorization: basic('git:right') } })
  const ssh = join(directory, 'ssh')
  // Replaces ssh: runs git's command locally, and answers git-lfs-authenticate as a forge does.
  const script = `#!/bin/sh\nfor last; do :; done\ncase "$last" in git-lfs-*) echo "$@" > ${asked}; echo '${answer}' ;; *) exec sh -c "$last" ;; esac\n`
  writeFileSync(ssh, script, { mode: 0o755 })
  const env = { GIT_SSH_COMMAND: ssh, GIT_SSH_VARIANT: 'ssh' }
  const place = { url: `ssh://git@forge.example:2222${repository.directory}` }
  // The API server is this machine, but the repository is on another one.
  await expect(get(env, place)).rejects.toThrow(/may not fetch LFS files from this machine/)
  expect(readFileSync(asked, 'utf8')).toBe(
    `-p 2222 git@forge.example git-lfs-authenticate ${repository.directory.slice(1)} download\n`,
  )
})

test('LFS files at another port than an ssh repository on this machine are refused with the address to use', async () => {
  const ssh = join(directory, 'ssh-here')
  const script = `#!/bin/sh\nfor last; do :; done\ncase "$last" in git-lfs-*) echo '{"href":"${http.url}/app.git/info/lfs"}' ;; *) exec sh -c "$last" ;; esac\n`
  writeFileSync(ssh, script, { mode: 0o755 })
  const url = `ssh://git@${new URL(http.url).hostname}:2222${repository.directory}`
  await expect(get({ GIT_SSH_COMMAND: ssh, GIT_SSH_VARIANT: 'ssh' }, { url })).rejects.toMatchObject({
    message: expect.stringContaining(
      'builds may not fetch LFS files from this machine at another port than the repository',
    ),
    hint: `Use the address of the repository that begins with ${http.url}`,
  })
})

test('LFS files of a local repository come from its directory', async () => {
  const objects = join(repository.directory, 'lfs/objects', oid.slice(0, 2), oid.slice(2, 4))
  mkdirSync(objects, { recursive: true })
  writeFileSync(join(objects, oid), content)
  const checkout = await get({}, { url: repository.url, localRoots: [directory] })
  expect(readFileSync(join(checkout.directory, 'large.bin'), 'utf8')).toBe(content)
})

function addSubmodule(outer: GitRepository, path: string, inner: { readonly name: string; readonly commit: string }) {
  outer.commit({ '.gitmodules': `[submodule "${path}"]\n\tpath = "${path}"\n\turl = ../${inner.name}.git\n` })
  outer.git('update-index', '--add', '--cacheinfo', `160000,${inner.commit},${path}`)
  outer.git('commit', '--quiet', '--message', 'submodule')
  outer.git('push', '--quiet', 'origin', 'main')
  return { url: `${http.url}/${basename(outer.directory)}`, commit: outer.git('rev-parse', 'HEAD').trim() }
}

const basic = (login: string): string => `Basic ${Buffer.from(login).toString('base64')}`
const portOfLocal = (): number => (local.address() as AddressInfo).port
