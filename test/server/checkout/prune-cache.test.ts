import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { checkOut } from '../../../server/checkout/check-out.ts'
import { gitLogin } from '../../../server/checkout/git-environment.ts'
import { pruneCache } from '../../../server/checkout/prune-cache.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { createRepository } from '../support/git-repository.ts'

const directory = temporaryDirectory('prune-cache')
const cache = join(directory, 'cache.git')
const { signal } = new AbortController()
const repository = createRepository(directory, 'app')
let count = 0

async function get(commit?: string): Promise<string> {
  count += 1
  const options = { localRoots: [directory], knownHostsFile: undefined, ownKnownHosts: join(directory, 'known_hosts') }
  const login = await gitLogin(repository.url, new Map(), { directory: join(directory, `login-${count}`), ...options })
  const out = join(directory, `out-${count}`)
  await checkOut({
    url: repository.url,
    ref: 'refs/heads/main',
    commit,
    submodules: true,
    lfs: true,
    cache,
    directory: out,
    env: login.env,
    signal,
    onOutput: () => {},
  })
  await login.close()
  return readFileSync(join(out, 'file'), 'utf8')
}

const has = (object: string): boolean => spawnSync('git', ['-C', cache, 'cat-file', '-e', object]).status === 0

test('objects of former commits and of killed processes are removed, and any commit can still be built', async () => {
  const commits: string[] = []
  for (let index = 0; index < 12; index += 1) {
    commits.push(repository.commit({ file: String(index), [`other-${index}`]: 'x' }))
    expect(await get()).toBe(String(index))
  }
  const [first = '', last = ''] = [commits[0], commits.at(-1)]
  const packs = () => readdirSync(join(cache, 'objects/pack')).filter((name) => /\.pack$|^tmp/.test(name))
  writeFileSync(join(cache, 'objects/pack/tmp_pack_x'), 'half a pack')
  expect([has(first), has(last), packs().length > 10]).toEqual([true, true, true])
  await pruneCache(cache, 60, signal)
  expect([has(first), has(last), packs().length]).toEqual([false, true, 1])
  expect(await get(first)).toBe('0')
  expect(await get(last)).toBe('11')
  repository.commit({ file: 'next' })
  expect(await get()).toBe('next')
})

test('files in Git LFS that no build has used for the time are removed', async () => {
  const objects = join(cache, 'lfs/objects')
  mkdirSync(join(objects, 'aa/bb'), { recursive: true })
  const paths = ['aa/bb/old', 'aa/bb/new', 'left.partial'].map((name) => join(objects, name))
  for (const path of paths) writeFileSync(path, 'x')
  utimesSync(paths[0] ?? '', 0, Date.now() / 1000 - 61 * 86_400)
  await pruneCache(cache, 0, signal)
  expect(paths.map(existsSync)).toEqual([true, true, false])
  await pruneCache(cache, 60, signal)
  expect(paths.map(existsSync)).toEqual([false, true, false])
})
