import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createRepository } from '../support/git-repository.ts'
import { checkOutAsWorker } from '../support/test-checkout.ts'

test('a local repository of another user is checked out', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'ts-'))
  try {
    const repository = createRepository(directory, 'app')
    const commit = repository.commit({ file: 'x' })
    spawnSync('chown', ['-R', 'nobody', repository.directory])
    const { url } = repository
    const checkout = await checkOutAsWorker({ url, room: directory, name: 1, secrets: {}, localRoots: [directory] })
    expect([checkout.commit, existsSync(join(directory, 'out-1/file'))]).toEqual([commit, true])
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
