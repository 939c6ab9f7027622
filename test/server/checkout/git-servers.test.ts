import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { CheckoutRefused } from '../../../server/checkout/run-git.ts'
import { removeAfterFile } from '../../support/removed-afterwards.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { type GitOverHttp, serveGitOverHttp } from '../support/git-over-http.ts'
import { createRepository, type GitRepository } from '../support/git-repository.ts'
import { checkOutAsWorker } from '../support/test-checkout.ts'

const directory = temporaryDirectory('git-servers')
let repository: GitRepository
let http: GitOverHttp
let first: string
let second: string
let count = 0

beforeAll(async () => {
  repository = createRepository(directory, 'app')
  first = repository.commit({ file: 'one' })
  second = repository.commit({ file: 'two' })
  http = await serveGitOverHttp(directory, 'right')
})

async function get(url: string, { ref = 'HEAD', commit, isChosen = false }: Partial<Wanted> = {}) {
  count += 1
  let log = ''
  const onOutput = (text: string) => {
    log += text
  }
  const checkout = await checkOutAsWorker({ url, ref, commit, isChosen, room: directory, name: count, onOutput })
  const file = (path: string): string => readFileSync(join(checkout.directory, path), 'utf8')
  return { ...checkout, file, log }
}

interface Wanted {
  readonly ref: string
  readonly commit: string
  readonly isChosen: boolean
}

function addSubmodule(outer: GitRepository, commit: string): GitRepository {
  outer.commit({ '.gitmodules': '[submodule "s"]\n\tpath = s\n\turl = ../app.git\n' })
  outer.git('update-index', '--add', '--cacheinfo', `160000,${commit},s`)
  outer.git('commit', '--quiet', '--message', 'submodule')
  outer.git('push', '--quiet', 'origin', 'main')
  return outer
}

describe('a server that serves branches and tags only', () => {
  let old: GitOverHttp
  beforeAll(async () => {
    old = await serveGitOverHttp(directory, 'right', 0)
  })

  test('has older commits of the repository', async () => {
    const checkout = await get(`${old.url}/app.git`, { ref: 'refs/heads/main', commit: first })
    expect(checkout.file('file')).toBe('one')
  })

  test('has older commits of submodules', async () => {
    addSubmodule(createRepository(directory, 'outer'), first)
    expect((await get(`${old.url}/outer.git`)).file('s/file')).toBe('one')
  })
})

test('a server of plain files has branches and older commits', async () => {
  spawnSync('git', ['update-server-info'], { cwd: repository.directory })
  const server = createServer(({ url = '' }, response) => {
    try {
      response.end(readFileSync(join(directory, new URL(url, 'http://localhost').pathname)))
    } catch {
      response.writeHead(404).end()
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  removeAfterFile(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/app.git`
  expect((await get(url, { ref: 'refs/heads/main' })).commit).toBe(second)
  expect((await get(url, { ref: 'refs/heads/main', commit: first })).file('file')).toBe('one')
})

test('a repository with SHA-256 IDs is checked out, by branch and by commit', async () => {
  const words = ['init', '--quiet', '--initial-branch=main', '--object-format=sha256']
  const copy = join(directory, 'sha256.git')
  const git = (...arguments_: string[]): string => {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com']
    return spawnSync('git', [...identity, ...arguments_], { cwd: copy, encoding: 'utf8' }).stdout.trim()
  }
  spawnSync('git', [...words, copy])
  for (const title of ['first', 'second']) git('commit', '--quiet', '--allow-empty', '--message', title)
  const url = `${http.url}/sha256.git/.git`
  expect((await get(url)).title).toBe('second')
  const older = { ref: 'refs/heads/main', commit: git('rev-parse', 'HEAD~1') }
  expect((await get(url, { ...older, isChosen: true })).title).toBe('first')
})

test('a tag of something other than a commit is refused with that reason', async () => {
  repository.git('tag', '--annotate', '--message', 'x', 'blob', `${first}:file`)
  repository.git('push', '--quiet', 'origin', 'blob')
  await expect(get(`${http.url}/app.git`, { ref: 'refs/tags/blob' })).rejects.toThrow(
    'Cannot check out "refs/tags/blob": not a commit',
  )
})

test('the log shows no directory of the server', async () => {
  addSubmodule(createRepository(directory, 'logged'), second)
  const { log } = await get(`${http.url}/logged.git`)
  expect(log).toContain("Cloning into 's'...")
  expect(log).not.toContain(directory)
})

test('an unreachable server is reported with the reason, not with a status that it did not send', async () => {
  const unused = 'http://127.0.0.1:9/app.git'
  await expect(get(unused)).rejects.toThrow(/unable to access '.*': connect ECONNREFUSED 127.0.0.1:9$/)
  const secure = get(unused.replace('http', 'https'))
  await expect(secure).rejects.toThrow(/unable to access '.*': connect ECONNREFUSED 127.0.0.1:9$/)
})

test('a harmful object in the history is refused permanently, with the reason', async () => {
  const unsafe = createRepository(directory, 'unsafe')
  const blob = unsafe.git('hash-object', '-w', '/dev/null').trim()
  const tree = spawnSync('git', ['mktree'], {
    cwd: join(directory, 'unsafe-copy'),
    input: `100644 blob ${blob}\t.GIT\n`,
    encoding: 'utf8',
  }).stdout.trim()
  const commit = unsafe.git('commit-tree', '-m', 'x', tree).trim()
  unsafe.git('push', '--quiet', 'origin', `${commit}:refs/heads/main`)
  const error = await get(`${http.url}/unsafe.git`).catch((reason: Error) => reason)
  expect(error).toBeInstanceOf(CheckoutRefused)
  expect(error).toMatchObject({ message: expect.stringContaining("contains '.git'") })
})
