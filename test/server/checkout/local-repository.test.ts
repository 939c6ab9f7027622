import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkOut } from '../../../server/checkout/check-out.ts'
import { gitLogin } from '../../../server/checkout/git-environment.ts'
import { createRepository } from '../support/git-repository.ts'

test('a local repository of another user is checked out', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ts-'))
  try {
    const repository = createRepository(directory, 'app')
    const commit = repository.commit({ file: 'x' })
    spawnSync('chown', ['-R', 'nobody', repository.directory])
    const login = await gitLogin(repository.url, new Map(), {
      directory: join(directory, 'login'),
      localRoots: [directory],
      knownHostsFile: undefined,
      ownKnownHosts: join(directory, 'known_hosts'),
    })
    const checkout = await checkOut({
      url: repository.url,
      ref: 'refs/heads/main',
      commit: undefined,
      submodules: true,
      lfs: true,
      cache: join(directory, 'cache.git'),
      directory: join(directory, 'out'),
      env: login.env,
      signal: new AbortController().signal,
      onOutput: () => {},
    })
    expect([checkout.commit, existsSync(join(directory, 'out/file'))]).toEqual([commit, true])
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
