import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkOutGit } from '../../../builder/context/git-checkout.ts'
import { temporaryStore } from '../../layer-store/temporary-store.ts'
import { shell, workspace } from '../../support/trees.ts'

test('a repository with links to other repositories of this machine cannot change their history', async () => {
  const directory = workspace()
  shell(directory, `git init -q own; git init -q hostile; cd hostile; ln -s ${directory} link; touch .gitmodules`)
  const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com']
  execFileSync('git', ['-C', join(directory, 'hostile'), 'add', '.'])
  execFileSync('git', ['-C', join(directory, 'hostile'), ...identity, 'commit', '--quiet', '--message=hostile'])
  const source = { url: join(directory, 'hostile'), reference: '', subdirectory: '' }
  const tools = { store: await temporaryStore(), secrets: {}, ssh: { callerHosts: [] }, env: process.env }
  const checkout = await checkOutGit(source, tools, AbortSignal.timeout(60_000))
  expect(existsSync(join(checkout.root, 'link'))).toBe(true)
  expect(existsSync(join(checkout.root, '.git'))).toBe(false)
  await checkout.close()
  expect(existsSync(join(directory, 'own/.git/HEAD'))).toBe(true)
})
