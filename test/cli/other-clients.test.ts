import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rawTar } from '../support/raw-tar.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { runInProcess } from './support/run-in-process.ts'

/** skopeo and buildah read pushed images in each form, and tsbuild reads what they push, with the same digests. */
const root = temporaryDirectory('cli')
const env = { DOCKER_CONFIG: join(root, 'docker'), HOME: root }
const run = async (line: string, stdin?: Uint8Array) =>
  (await runInProcess(line.split(' '), { root: join(root, 'store'), env, cwd: root, ...(stdin && { stdin }) })).stdout
const peer = (command: string, ...parameters: string[]) =>
  execFileSync(command, parameters, {
    encoding: 'utf8',
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'pipe',
  }).trim()
const buildah = (...parameters: string[]) =>
  peer('buildah', '--storage-driver', 'vfs', '--root', join(root, 'b'), '--runroot', join(root, 'r'), ...parameters)
let registry: RunningRegistry
let name: string
let id: string

beforeAll(async () => {
  registry = await startRegistry()
  name = `${registry.host}/team/app`
  mkdirSync(join(root, 'docker'))
  writeFileSync(join(root, 'docker/config.json'), '{}')
  await run(`import - ${name}`, rawTar([{ name: 'file', data: 'content '.repeat(2000) }]))
  id = (await run(`image inspect -f {{.Id}} ${name}`)).trim()
})
afterAll(async () => {
  rmSync(join(root, 'b'), { recursive: true, force: true })
})

test.each(['--compression gzip', '--compression zstd', '--compression uncompressed', '--format docker'])(
  'an image that was pushed with %s',
  async (flags) => {
    const to = `${name}:x${flags.replaceAll(/\W+/g, '-')}`
    const digest = / (sha256:\S+) /.exec(await run(`push ${flags} --destination ${to} ${name}`))?.[1]
    const inspected = JSON.parse(peer('skopeo', 'inspect', '--tls-verify=false', `docker://${to}`))
    expect(inspected.Digest).toBe(digest)
    peer('skopeo', 'copy', '-q', '--src-tls-verify=false', `docker://${to}`, 'dir:copied')
    rmSync(join(root, 'copied'), { recursive: true })
    expect(`sha256:${buildah('pull', '-q', '--tls-verify=false', to)}`).toBe(id)
  },
)

test('an image copied by skopeo, and one pushed by buildah, keep their digests', async () => {
  await run(`push --destination ${name}:from ${name}`)
  const source = `docker://${name}:from`
  peer('skopeo', 'copy', '-q', '--src-tls-verify=false', '--dest-tls-verify=false', source, `docker://${name}:skopeo`)
  buildah('pull', '-q', '--tls-verify=false', `${name}:from`)
  buildah('push', '-q', '--tls-verify=false', `${name}:from`, `docker://${name}:buildah`)
  for (const tag of ['skopeo', 'buildah']) {
    const { Digest: digest } = JSON.parse(peer('skopeo', 'inspect', '--tls-verify=false', `docker://${name}:${tag}`))
    expect(await run(`pull ${name}:${tag}`)).toContain(`Digest: ${digest}\n`)
    expect(await run(`push -q ${name}@${digest}`)).toBe(`${name}@${digest}\n`)
    expect(await run(`copy -q docker://${name}:${tag} docker://${registry.host}/other/app:${tag}`)).toBe(`${digest}\n`)
    expect((await run(`image inspect -f {{.Id}} ${name}:${tag}`)).trim()).toBe(id)
  }
})

test('layouts and archives are exchanged in both directions', async () => {
  await run(`push --destination ${name}:files ${name}`)
  const digest = (await run(`copy -q docker://${name}:files oci-archive:ours.tar:1`)).trim()
  expect(JSON.parse(peer('skopeo', 'inspect', 'oci-archive:ours.tar:1')).Digest).toBe(digest)
  peer('skopeo', 'copy', '-q', 'oci-archive:ours.tar:1', 'oci:theirs:1')
  expect(await run('copy -q oci:theirs oci:again:1')).toBe(`${digest}\n`)
  peer('skopeo', 'copy', '-q', 'oci:theirs:1', 'docker-archive:theirs.tar:their/app:1')
  await run('copy docker-archive:theirs.tar their/app')
  expect((await run('image inspect -f {{.Id}} their/app')).trim()).toBe(id)
  await run(`copy docker://${name}:files docker-archive:our-docker.tar:our/app:1`)
  peer('skopeo', 'copy', '-q', 'docker-archive:our-docker.tar:our/app:1', 'dir:from-archive')
})
