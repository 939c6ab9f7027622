import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GitLogin, gitLogin } from '../../../server/checkout/git-environment.ts'
import { CheckoutRefused } from '../../../server/checkout/run-git.ts'

const directory = mkdtempSync(join(tmpdir(), 'ts-askpass-'))
let login: GitLogin

beforeAll(async () => {
  login = await gitLogin('https://git.example:8443/app.git', new Map([['git-token', 'secret']]), {
    directory: join(directory, 'login'),
    localRoots: [],
    knownHostsFile: undefined,
    ownKnownHosts: join(directory, 'known_hosts'),
  })
})
afterAll(() => rmSync(directory, { recursive: true, force: true }))

function answer(question: string): string {
  return spawnSync(login.env['GIT_ASKPASS'] ?? '', [question], { env: login.env, encoding: 'utf8' }).stdout
}

describe('the answer to a credential prompt of git', () => {
  test('is the login of the repository', () => {
    expect(answer("Username for 'https://git.example:8443': ")).toBe('oauth2\n')
    expect(answer("Password for 'https://oauth2@git.example:8443': ")).toBe('secret\n')
  })

  test('also where the address has capital letters or the port of its protocol', async () => {
    const written = await gitLogin('https://Git.Example:443/app.git', new Map([['git-token', 'secret']]), {
      directory: join(directory, 'written'),
      localRoots: [],
      knownHostsFile: undefined,
      ownKnownHosts: join(directory, 'known_hosts'),
    })
    const question = "Password for 'https://oauth2@Git.Example:443': "
    const options = { env: written.env, encoding: 'utf8' } as const
    expect(spawnSync(written.env['GIT_ASKPASS'] ?? '', [question], options).stdout).toBe('secret\n')
  })

  test.each([
    "Password for 'https://x@git.example:8443'@evil.example': ",
    "Password for 'https://x@git.example:8443': @evil.example': ",
    "Password for 'https://://git.example:8443'@evil.example': ",
    "Password for 'https://x@git.example:8443.evil.example': ",
    "Username for 'https://git.example': ",
    "Username for 'http://git.example:8443': ",
    "Password for 'http://oauth2@git.example:8443': ",
    "Username for 'https://evil.example/://git.example:8443': ",
    "Enter passphrase for key '/x@git.example:8443': ",
  ])('is empty for %s', (question) => {
    expect(answer(question)).toBe('')
  })
})

test.each([
  'file:///srv/other',
  'file:///srv/git',
  'file:///srv/git/../other',
  'file:///srv/git/..%2fother',
  'file:///srv/git/%2e%2e%2fother',
  'file:///srv/git/%2E%2E/other',
  'file:///srv/git/%ff',
  'file:///srv/gitlab/app',
])('%s is refused immediately: not below git.localRoots', async (url) => {
  const options = { localRoots: ['/srv/git/'], knownHostsFile: undefined, ownKnownHosts: '/dev/null' }
  const directory = mkdtempSync(join(tmpdir(), 'ts-git-'))
  try {
    await expect(gitLogin(url, new Map(), { ...options, directory })).rejects.toBeInstanceOf(CheckoutRefused)
    const login = await gitLogin('file:///srv/git/app%20b.git', new Map(), { ...options, directory })
    expect(login.env['GIT_ALLOW_PROTOCOL']).toBe('file')
  } finally {
    rmSync(directory, { recursive: true })
  }
})
