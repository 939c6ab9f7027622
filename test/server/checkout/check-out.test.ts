import { spawn, spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { CheckoutRefused } from '../../../server/checkout/run-git.ts'
import { freePort } from '../../support/free-port.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { type GitOverHttp, serveGitOverHttp } from '../support/git-over-http.ts'
import { createRepository, type GitRepository } from '../support/git-repository.ts'
import { checkOutAsWorker, type TestCheckout } from '../support/test-checkout.ts'

const directory = temporaryDirectory('git')
let repository: GitRepository
let http: GitOverHttp
let first: string
let second: string
let count = 0

beforeAll(async () => {
  repository = createRepository(directory, 'app')
  first = repository.commit({ file: 'one' }, { message: 'first' })
  second = repository.commit({ file: 'two', 'dir/x': 'y' }, { message: 'second' })
  http = await serveGitOverHttp(directory, 'right')
})

const portOf = (server: Server): number => (server.address() as AddressInfo).port
const get = (url: string, options: Partial<TestCheckout> = {}) => {
  count += 1
  const cache = join(directory, 'cache.git')
  return checkOutAsWorker({ ref: 'HEAD', secrets: {}, cache, ...options, url, room: directory, name: count })
}

describe('checkOut()', () => {
  test('checks out the default branch over HTTP with a token, without .git', async () => {
    const checkout = await get(`${http.url}/app.git`, { secrets: { 'git-token': 'right' } })
    expect(checkout).toMatchObject({ commit: second, ref: 'refs/heads/main', title: 'second', author: 'Test' })
    expect(readFileSync(join(checkout.directory, 'file'), 'utf8')).toBe('two')
    expect(existsSync(join(checkout.directory, '.git'))).toBe(false)
  })

  test('checks out an older commit, from the cache if possible', async () => {
    const checkout = await get(`${http.url}/app.git`, {
      secrets: { 'git-token': 'right' },
      commit: first,
      ref: 'refs/heads/main',
    })
    expect(readFileSync(join(checkout.directory, 'file'), 'utf8')).toBe('one')
  })

  test('refuses a chosen commit that is not part of the ref, even if the repository contains it elsewhere', async () => {
    const ref = 'refs/heads/main'
    const login = { secrets: { 'git-token': 'right' } }
    const url = `${http.url}/app.git`
    repository.git('checkout', '--quiet', '-b', 'foreign', 'main')
    const foreign = repository.commit({ file: 'evil' }, { branch: 'foreign' })
    repository.git('push', '--quiet', 'origin', 'foreign:refs/pull/7/head', ':refs/heads/foreign')
    repository.git('checkout', '--quiet', 'main')
    await get(url, { ...login, ref: 'refs/pull/7/head', commit: foreign }) // it is now in the cache
    await expect(get(url, { ...login, ref, commit: foreign, isChosen: true })).rejects.toMatchObject({
      code: 'SERVER_CHECKOUT_FAILED',
      message: `Cannot check out commit "${foreign}": not part of ${ref}`,
    })
    for (const commit of [first, second])
      expect((await get(url, { ...login, ref, commit, isChosen: true })).commit).toBe(commit)
  })

  test('fails immediately with a wrong or missing token, without a prompt', async () => {
    for (const secrets of [{}, { 'git-token': 'wrong' }]) {
      await expect(get(`${http.url}/app.git`, { secrets })).rejects.toMatchObject({
        code: 'SERVER_CHECKOUT_FAILED',
        hint: expect.stringContaining('git-token'),
      })
    }
  })

  test('sends the token to no submodule on another server', async () => {
    const other = await serveGitOverHttp(directory, 'right')
    const outer = createRepository(directory, 'outer')
    outer.commit({ '.gitmodules': `[submodule "s"]\n\tpath = s\n\turl = ${other.url}/app.git\n` })
    outer.git('update-index', '--add', '--cacheinfo', `160000,${second},s`)
    outer.git('commit', '--quiet', '--message', 'submodule')
    outer.git('push', '--quiet', 'origin', 'main')
    await expect(get(`${http.url}/outer.git`, { secrets: { 'git-token': 'right' } })).rejects.toThrow(
      /Cannot fetch submodules from git/,
    )
    expect(other.logins.some((login) => login.includes('right'))).toBe(false)
  })

  test.each([undefined, 'f'.repeat(40)])(
    'does not follow a redirect to this machine, with the commit %s',
    async (commit) => {
      const reached: string[] = []
      const local = createServer((request, response) => {
        reached.push(request.url ?? '')
        response.end()
      })
      const redirecting = createServer((request, response) => {
        response.writeHead(302, { location: `http://localhost:${portOf(local)}${request.url}` }).end()
      })
      for (const one of [local, redirecting]) await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve))
      const url = `http://127.0.0.1:${portOf(redirecting)}/app.git`
      await expect(get(url, { ref: 'refs/heads/main', commit })).rejects.toThrow(
        /redirects may not lead to this machine/,
      )
      for (const one of [local, redirecting]) one.close()
      expect(reached).toEqual([])
    },
  )

  test('accepts a local repository only below a configured directory', async () => {
    await expect(get(repository.url)).rejects.toThrow(/not below git\.localRoots/)
    await expect(get(`file://${directory}/x/../../etc`, { localRoots: [`${directory}/x`] })).rejects.toThrow(/Cannot/)
    expect((await get(repository.url, { localRoots: [directory] })).commit).toBe(second)
  })

  test('checks out the pushed commit after the branch has moved on, and a commit that only a tag keeps', async () => {
    const moving = createRepository(directory, 'moving')
    const pushed = moving.commit({ file: 'pushed' })
    moving.commit({ file: 'later' })
    const options = { ref: 'refs/heads/main', commit: pushed, localRoots: [directory] }
    const checkout = await get(moving.url, options)
    expect([checkout.commit, readFileSync(join(checkout.directory, 'file'), 'utf8')]).toEqual([pushed, 'pushed'])
    moving.git('tag', '--annotate', '--message', 'x', 'v1', pushed)
    moving.git('push', '--quiet', 'origin', 'v1')
    expect((await get(moving.url, { ref: 'refs/tags/v1', localRoots: [directory] })).commit).toBe(pushed)
  })

  test('refuses permanently, with a reason, a removed commit, a deleted branch and a deleted repository', async () => {
    const forced = createRepository(directory, 'forced')
    forced.commit({ file: 'base' })
    const lost = forced.commit({ file: 'lost' }, { branch: 'work' })
    forced.git('reset', '--quiet', '--hard', 'HEAD~1')
    forced.commit({ file: 'other' }, { branch: 'work' })
    run('git', ['reflog', 'expire', '--expire=now', '--all'], forced.directory)
    run('git', ['gc', '--quiet', '--prune=now'], forced.directory)
    const options = { ref: 'refs/heads/work', commit: lost, localRoots: [directory] }
    const failure = await get(forced.url, options).catch((error: Error) => error)
    expect(failure).toBeInstanceOf(CheckoutRefused)
    expect(failure).toMatchObject({ message: expect.stringContaining('the repository no longer has it') })
    forced.git('push', '--quiet', 'origin', ':work')
    await expect(get(forced.url, { ...options, commit: undefined })).rejects.toThrow(CheckoutRefused)
    rmSync(forced.directory, { recursive: true })
    await expect(get(forced.url, { localRoots: [directory] })).rejects.toThrow(CheckoutRefused)
    await expect(get(`${http.url}/gone.git`, { secrets: { 'git-token': 'right' } })).rejects.toThrow(CheckoutRefused)
  })

  test('repairs a cache left incomplete by a killed git or a power failure', async () => {
    const cache = join(directory, 'cache.git')
    const url = `${http.url}/app.git`
    const secrets = { 'git-token': 'right' }
    const harms: readonly (() => void)[] = [
      () => rmSync(join(cache, 'objects'), { recursive: true }), // "git init" was killed
      () => writeFileSync(join(cache, 'config'), ''),
      () => writeFileSync(join(cache, 'HEAD'), ''),
      () => writeFileSync(join(cache, 'shallow'), 'x'),
      () => {
        for (const name of readdirSync(join(cache, 'objects'), { recursive: true, encoding: 'utf8' })) {
          const path = join(cache, 'objects', name)
          if (!statSync(path).isFile()) continue
          chmodSync(path, 0o600)
          truncateSync(path, 5)
        }
      },
    ]
    for (const harm of harms) {
      harm()
      const checkout = await get(url, { secrets })
      expect([checkout.commit, readFileSync(join(checkout.directory, 'file'), 'utf8')]).toEqual([second, 'two'])
    }
  })

  test('checks out over ssh with a key, submodules too, and leaves neither key nor agent behind', async () => {
    const ssh = await startSshd()
    try {
      const url = `ssh://${userInfo().username}@127.0.0.1:${ssh.port}${repository.directory}`
      const checkout = await get(url, { secrets: { 'git-ssh-key': ssh.key } })
      expect(checkout.commit).toBe(second)
      expect(existsSync(join(directory, `login-${count}`))).toBe(false)
      const pasted = { 'git-ssh-key': ssh.key.replaceAll('\n', '\r\n') }
      expect((await get(url, { secrets: pasted })).commit).toBe(second)
      const outer = createRepository(directory, 'with-submodule')
      outer.commit({ '.gitmodules': '[submodule "s"]\n\tpath = s\n\turl = ../app.git\n' })
      outer.git('update-index', '--add', '--cacheinfo', `160000,${second},s`)
      outer.git('commit', '--quiet', '--message', 'submodule')
      outer.git('push', '--quiet', 'origin', 'main')
      const whole = await get(url.replace('app.git', 'with-submodule.git'), { secrets: { 'git-ssh-key': ssh.key } })
      expect(readFileSync(join(whole.directory, 's/file'), 'utf8')).toBe('two')
      await expect(get(url, { secrets: { 'git-ssh-key': ssh.otherKey } })).rejects.toMatchObject({
        message: expect.stringMatching(/: \S+@127.0.0.1: Permission denied \(publickey/),
        hint: expect.stringContaining('git-ssh-key'),
      })
      const locked = await get(url, { secrets: { 'git-ssh-key': ssh.lockedKey } }).catch((error: Error) => error)
      expect(locked).toBeInstanceOf(CheckoutRefused)
      expect(locked).toMatchObject({
        message: expect.stringMatching(/^Cannot use secret "git-ssh-key" as a key of ssh: .*passphrase/),
      })
      writeFileSync(join(directory, 'known_hosts'), `[127.0.0.1]:${ssh.port} ${ssh.otherHost}`)
      const foreign = await get(url, { secrets: { 'git-ssh-key': ssh.key } }).catch((error: Error) => error)
      expect(foreign).toBeInstanceOf(CheckoutRefused)
      expect(foreign).toMatchObject({ message: expect.stringMatching(/: Host key verification failed\.$/) })
    } finally {
      ssh.stop()
    }
  })
})

function run(command: string, words: readonly string[], cwd: string): void {
  const { status, stderr } = spawnSync(command, words, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
}

async function startSshd() {
  const room = join(directory, 'ssh')
  mkdirSync(room, { mode: 0o700 })
  mkdirSync('/run/sshd', { recursive: true })
  for (const name of ['host', 'user', 'other']) {
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(room, name)])
  }
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'a passphrase', '-f', join(room, 'locked')])
  writeFileSync(join(room, 'authorized'), readFileSync(join(room, 'user.pub')))
  chmodSync(directory, 0o700)
  const port = await freePort()
  const settings = [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${room}/host`,
    `AuthorizedKeysFile ${room}/authorized`,
    'StrictModes no',
    'UsePAM no',
    `PidFile ${room}/pid`,
    'PermitRootLogin yes',
    'PasswordAuthentication no',
  ]
  writeFileSync(join(room, 'config'), `${settings.join('\n')}\n`)
  const child = spawn('/usr/sbin/sshd', ['-D', '-e', '-f', join(room, 'config')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let printed = ''
  child.stderr.on('data', (text: Buffer) => {
    printed += text
  })
  await expect.poll(() => printed).toContain('listening')
  const read = (name: string): string => readFileSync(join(room, name), 'utf8')
  return {
    port,
    key: read('user'),
    otherKey: read('other'),
    lockedKey: read('locked'),
    otherHost: read('other.pub'),
    stop: () => child.kill(),
  }
}
