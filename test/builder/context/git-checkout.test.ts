import { execFileSync } from 'node:child_process'
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { checkOutGit, type GitSource } from '../../../builder/context/git-checkout.ts'
import type { LayerStore } from '../../../layer-store/index.ts'
import { temporaryStore } from '../../layer-store/temporary-store.ts'
import { makeCertificates } from '../../registry/certificates.ts'
import { startGitServer } from '../../support/git-server.ts'
import { startRegistry } from '../../support/start-registry.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'

let folder: string
let commits: readonly string[]
let store: LayerStore

beforeAll(() => {
  folder = temporaryDirectory('git')
  makeRepository('library', ['lib.txt'])
  commits = makeRepository('project', ['one.txt', 'two.txt'])
  inProject('submodule', 'add', '--quiet', join(folder, 'library'), 'lib')
  inProject('commit', '--quiet', '-m', 'with a submodule')
})

describe('checkOutGit()', () => {
  test('a repository cannot use a directory of this machine as a submodule', async () => {
    await expect(checkedOut({})).rejects.toMatchObject({ code: 'BUILD_GIT_FAILED' })
  })

  test('skips submodules on request', async () => {
    expect(await checkedOut({ submodules: false })).toEqual(['.gitmodules', 'lib', 'one.txt', 'two.txt'])
  })

  test('HEAD, @ and a commit ID in upper case are not references', async () => {
    const [first = ''] = commits
    const submodules = false
    expect(await checkedOut({ reference: first, submodules })).toEqual(['one.txt'])
    for (const reference of ['HEAD', '@', first.toUpperCase()]) {
      const message = expect.stringContaining(`couldn't find remote ref ${reference}`)
      await expect(checkedOut({ reference, submodules })).rejects.toMatchObject({ code: 'BUILD_GIT_FAILED', message })
    }
  })

  test('a subdirectory is not a link', async () => {
    makeRepository('linked', ['one.txt'])
    const root = join(folder, 'linked')
    mkdirSync(join(root, 'real/below'), { recursive: true })
    writeFileSync(join(root, 'real/below/f'), '')
    symlinkSync('real', join(root, 'link'))
    git('-C', root, 'add', '--all')
    git('-C', root, 'commit', '--quiet', '-m', 'link')
    expect(await checkedOut({ url: root, subdirectory: 'real/below' })).toEqual(['f'])
    for (const subdirectory of ['link', 'link/below']) {
      const code = 'BUILD_CONTEXT_MISSING'
      await expect(checkedOut({ url: root, subdirectory })).rejects.toMatchObject({ code })
    }
  })

  test('for a certificate that git does not accept, the hint names the clock, too', async () => {
    const { certificate, key } = makeCertificates()
    const { host } = await startRegistry({ tls: { certificate, key } })
    await expect(checkedOut({ url: `https://${host}/project.git` })).rejects.toMatchObject({
      code: 'BUILD_GIT_FAILED',
      hint: 'Check the clock of this machine and the CA certificates that git trusts',
    })
  })

  test('fetches from a server of plain files, which serves no shallow clones', async () => {
    const [library = ''] = makeRepository('served-library', ['lib.txt'])
    const [first = ''] = makeRepository('served', ['one.txt', 'two.txt'])
    const server = await serveFiles(folder)
    const url = (name: string) => `http://127.0.0.1:${server.port}/${name}/.git`
    try {
      git('-C', join(folder, 'served-library'), 'update-server-info')
      const root = join(folder, 'served')
      writeFileSync(join(root, '.gitmodules'), `[submodule "lib"]\n\tpath = lib\n\turl = ${url('served-library')}\n`)
      git('-C', root, 'add', '.gitmodules')
      git('-C', root, 'update-index', '--add', '--cacheinfo', `160000,${library},lib`)
      git('-C', root, 'commit', '--quiet', '-m', 'with a submodule')
      git('-C', root, 'update-server-info')
      const files = ['.gitmodules', 'lib', 'lib/lib.txt', 'one.txt', 'two.txt']
      expect(await checkedOut({ url: url('served') })).toEqual(files)
      for (const reference of [first, first.slice(0, 10)]) {
        expect(await checkedOut({ url: url('served'), reference })).toEqual(['one.txt'])
      }
    } finally {
      server.close()
    }
  })

  test('fetches a commit that the server does not give by its ID', async () => {
    const [first = ''] = makeRepository('old', ['one.txt', 'two.txt'])
    const server = await startGitServer(folder, { isOld: true })
    const url = `http://${server.host}/old`
    expect(await checkedOut({ url, reference: first })).toEqual(['one.txt'])
    const message = expect.stringContaining('Cannot rev-parse from git')
    await expect(checkedOut({ url, reference: '0'.repeat(40) })).rejects.toMatchObject({ message })
  })

  test('fetches from a repository with SHA-256 IDs, by name and by commit', async () => {
    git('init', '--quiet', '--initial-branch=main', '--object-format=sha256', join(folder, 'sha256'))
    const [first = ''] = makeRepository('sha256', ['one.txt', 'two.txt'])
    git('-C', join(folder, 'sha256'), 'update-server-info')
    const smart = await startGitServer(folder)
    const plain = await serveFiles(folder)
    try {
      for (const url of [`http://${smart.host}/sha256`, `http://127.0.0.1:${plain.port}/sha256/.git`]) {
        expect(await checkedOut({ url })).toEqual(['one.txt', 'two.txt'])
        expect(await checkedOut({ url, reference: first })).toEqual(['one.txt'])
      }
    } finally {
      plain.close()
    }
  })

  test('accepts an abbreviated commit as checksum', async () => {
    const [first = ''] = commits
    expect(await checkedOut({ reference: first, checksum: first.slice(0, 10) })).toEqual(['one.txt'])
  })

  test('refuses a commit with another checksum and leaves nothing behind', async () => {
    await expect(checkedOut({ reference: 'main', checksum: '0123456789' })).rejects.toMatchObject({
      code: 'BUILD_DOWNLOAD_FAILED',
      message: expect.stringContaining('0123456789'),
    })
    expect(readdirSync(store.root, { recursive: true }).filter((path) => String(path).endsWith('.txt'))).toEqual([])
  })

  test('sets the times of files to the commit date, including links and odd names, and of nothing outside', async () => {
    const outside = join(folder, 'outside')
    mkdirSync(outside)
    writeFileSync(join(outside, 'kept'), '')
    const before = statSync(join(outside, 'kept')).mtimeMs
    makeRepository('dated', ['sub.txt'])
    const root = join(folder, 'dated')
    symlinkSync(outside, join(root, 'link'))
    writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]), '')
    git('-C', root, 'add', '--all')
    git('-C', root, 'commit', '--quiet', '-m', 'odd')
    const committed = Number(git('-C', root, 'log', '-1', '--format=%ct'))
    store = await temporaryStore()
    const source = { url: root, reference: 'main', subdirectory: '', times: 'commit' } as const
    const tools = { store, secrets: {}, ssh: { callerHosts: [] }, env: { ...process.env } }
    const checkout = await checkOutGit(source, tools, AbortSignal.timeout(60_000))
    try {
      const names = readdirSync(checkout.root, { encoding: 'buffer' })
      const paths = names.map((name) => Buffer.concat([Buffer.from(`${checkout.root}/`), name]))
      expect(names).toHaveLength(3)
      for (const path of [...paths, checkout.root]) expect(lstatSync(path).mtimeMs / 1000).toBe(committed)
    } finally {
      await checkout.close()
    }
    expect(statSync(join(outside, 'kept')).mtimeMs).toBe(before)
  })
})

async function checkedOut(wanted: Partial<GitSource>): Promise<readonly string[]> {
  store = await temporaryStore()
  const source = { url: join(folder, 'project'), reference: 'main', subdirectory: '', ...wanted }
  const checkout = await checkOutGit(
    source,
    { store, secrets: {}, ssh: { callerHosts: [] }, env: process.env },
    AbortSignal.timeout(60_000),
  )
  try {
    return readdirSync(checkout.root, { recursive: true })
      .map(String)
      .filter((path) => !/(?:^|\/)\.git$/.test(path))
      .sort()
  } finally {
    await checkout.close()
  }
}

function serveFiles(root: string): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((request, response) => {
    const path = join(root, new URL(request.url ?? '', 'http://localhost').pathname)
    const found = statSync(path, { throwIfNoEntry: false })?.isFile()
    response.writeHead(found ? 200 : 404).end(found ? readFileSync(path) : undefined)
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({ port, close: () => server.close() })
    })
  })
}

/** One commit per file, on `main`. */
function makeRepository(name: string, files: readonly string[]): readonly string[] {
  const root = join(folder, name)
  git('init', '--quiet', '--initial-branch=main', root)
  return files.map((file) => {
    writeFileSync(join(root, file), file)
    git('-C', root, 'add', file)
    git('-C', root, 'commit', '--quiet', '-m', file)
    return git('-C', root, 'rev-parse', 'HEAD').trim()
  })
}

function inProject(...words: readonly string[]): string {
  return git('-C', join(folder, 'project'), ...words)
}

function git(...words: readonly string[]): string {
  const settings = ['user.name=t', 'user.email=t@example.com', 'protocol.file.allow=always', 'commit.gpgsign=false']
  const options = settings.flatMap((setting) => ['-c', setting])
  return execFileSync('git', [...options, ...words], {
    encoding: 'utf8',
    env: { ...process.env, GIT_CONFIG_GLOBAL: '/dev/null', GIT_COMMITTER_DATE: '2001-02-03T00:00:00Z' },
  })
}
