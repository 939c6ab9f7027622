import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import { rawTar } from '../support/raw-tar.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { runInProcess } from './support/run-in-process.ts'

const root = temporaryDirectory('cli')
const env = { DOCKER_CONFIG: join(root, 'docker') }
const run = (line: string, stdin?: string | Uint8Array) =>
  runInProcess(line.split(' '), { root, env, ...(stdin !== undefined && { stdin }) })
const rootfs = rawTar([{ name: 'file', data: 'content' }])
let registry: RunningRegistry

beforeAll(async () => {
  registry = await startRegistry({ users: { me: 'pass word' } })
})
describe('import, save and load', () => {
  test('import creates an image from a root filesystem and prints its ID', async () => {
    const { code, stdout } = await run('import -m made - local/app', rootfs)
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^sha256:[0-9a-f]{64}\n$/) })
    expect((await run('history --format {{.Comment}} local/app')).stdout).toBe('made\n')
  })
  test('import -c applies settings, but no instruction that runs something', async () => {
    const around = { root, env, stdin: rootfs }
    const changes = ['-c', 'CMD ["a", "b"]', '--change', 'ENV K=v', '-c', 'LABEL l=m']
    expect(await runInProcess(['import', ...changes, '-', 'with/changes'], around)).toMatchObject({ code: 0 })
    const { stdout } = await runInProcess(
      ['image', 'inspect', '-f', '{{json .Config.Cmd}}{{.Config.Labels.l}}{{json .Config.Env}}', 'with/changes'],
      around,
    )
    expect(stdout).toBe('["a","b"]m["K=v"]\n')
    expect(await runInProcess(['import', '-c', 'RUN x', '-', 'y'], around)).toMatchObject({ code: 65 })
  })
  test('import refuses an endless device and a truncated archive', async () => {
    const endless = await run('import /dev/zero zeros')
    expect(endless).toMatchObject({ code: 65, stderr: expect.stringContaining('it begins with 64 MiB of zeros') })
    const cut = await run('import - cut', gzipSync(rootfs).subarray(0, 60))
    expect(cut).toMatchObject({ code: 65, stderr: expect.stringContaining('Cannot import the root filesystem: ') })
    expect(cut.stderr).not.toContain(root)
    expect(await run('import - empty', new Uint8Array(1024))).toMatchObject({ code: 0 })
    await run('rmi empty')
  })
  test('load restores what save wrote, with its name', async () => {
    const before = (await run('images -q --no-trunc local/app')).stdout
    expect(await run('save -o app.tar local/app')).toEqual({ code: 0, stdout: '', stderr: '' })
    await run('rmi local/app')
    expect((await run('load -i app.tar')).stdout).toBe('Loaded image: local/app:latest\n')
    expect((await run('images -q --no-trunc local/app')).stdout).toBe(before)
  })
  test('missing files are reported', async () => {
    expect(await run('load -i no.tar')).toMatchObject({ code: 66 })
    expect(await run('import no.tar x')).toMatchObject({ code: 66 })
    expect(await run('save -o x.tar no/image')).toMatchObject({ code: 1 })
  })
})

describe('login, push, pull and logout', () => {
  test('without a terminal, the error of a transfer is printed once', async () => {
    for (const line of ['pull {}', 'copy docker://{} oci:layout']) {
      const { code, stderr } = await run(line.replace('{}', `${registry.host}/no/image:1`))
      expect(code).not.toBe(0)
      expect(stderr).toMatch(/^#1 ERROR$/m)
      expect(stderr.match(/authentication required/g), stderr).toHaveLength(1)
    }
  })
  test('a wrong password is refused with its own exit code, and is not stored', async () => {
    const { code, stderr } = await run(`login -u me --password-stdin ${registry.host}`, 'mistaken\n')
    expect(code).toBe(77)
    expect(stderr).not.toContain('mistaken')
  })
  test('push without a login is refused', async () => {
    await run(`tag local/app ${registry.host}/team/app:1`)
    expect(await run(`push ${registry.host}/team/app:1`)).toMatchObject({ code: 77, stdout: '' })
  })
  test('a correct password is stored where docker stores it', async () => {
    const { code, stdout, stderr } = await run(`login -u me --password-stdin ${registry.host}`, 'pass word\n')
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Login Succeeded\n' })
    expect(stderr).toContain('stored unencrypted')
    const { auths } = JSON.parse(readFileSync(join(root, 'docker/config.json'), 'utf8'))
    expect(Buffer.from(auths[registry.host].auth, 'base64').toString()).toBe('me:pass word')
  })
  test('login to a namespace applies to its repositories only', async () => {
    const around = { root, env: { DOCKER_CONFIG: join(root, 'namespaces') } }
    const login = (server: string, stdin = 'pass word') =>
      runInProcess(['login', '-u', 'me', '--password-stdin', server], { ...around, stdin })
    const push = (to: string) =>
      runInProcess(['push', '-q', 'local/app', '--destination', `${registry.host}/${to}`], around)
    expect(await login(`${registry.host}/space`)).toMatchObject({ code: 0 })
    expect(await push('space/app')).toMatchObject({ code: 0 })
    expect(await push('other/app')).toMatchObject({ code: 77 })
    expect((await runInProcess(['logout', registry.host], around)).stdout).toContain('Not logged in')
    expect((await runInProcess(['logout', `${registry.host}/space`], around)).stdout).toBe(
      `Removing login credentials for ${registry.host}/space\n`,
    )
    expect(await push('space/app')).toMatchObject({ code: 77 })
  })
  test('login without arguments verifies the stored credentials', async () => {
    expect(await run(`login ${registry.host}`)).toEqual({
      code: 0,
      stdout: 'Authenticating with existing credentials...\nLogin Succeeded\n',
      stderr: '',
    })
    const entry = { auth: Buffer.from('me:mistaken').toString('base64') }
    const old = { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [registry.host]: entry } }) }
    const refused = await runInProcess(['login', registry.host], { root, env: { ...env, ...old } })
    expect(refused.stderr).toMatch(/^Login did not succeed, error: .*unauthorized/i)
    expect(refused).toMatchObject({ code: 1, stdout: 'Authenticating with existing credentials...\n' })
  })
  test('an empty user name is refused before the password is sent', async () => {
    const around = { root, env, stdin: 'pass word' }
    expect(await runInProcess(['login', '-u', '', '--password-stdin', registry.host], around)).toMatchObject({
      code: 2,
    })
  })
  test('-p prints a warning', async () => {
    const { stderr } = await runInProcess(['login', '-u', 'me', '-p', 'pass word', registry.host], { root, env })
    expect(stderr).toContain('WARNING! Using --password via the CLI is insecure. Use --password-stdin.')
  })
  test('push prints the digest, and pull finds the pushed image', async () => {
    const pushed = await run(`push ${registry.host}/team/app:1`)
    expect(pushed.stdout).toMatch(/^1: digest: sha256:[0-9a-f]{64} size: \d+\n$/)
    const digest = pushed.stdout.trim().split(' ')[2]
    await run(`rmi ${registry.host}/team/app:1`)
    const pulled = await run(`pull ${registry.host}/team/app:1`)
    expect(pulled.stdout).toContain(`Digest: ${digest}\nStatus: `)
    expect((await run(`images --digests --format {{.Digest}} ${registry.host}/team/app`)).stdout).toBe(`${digest}\n`)
    expect((await run(`pull -q ${registry.host}/team/app:1`)).stdout).toBe(`${registry.host}/team/app:1\n`)
  })
  test('a tag next to a digest is ignored when the image is looked up', async () => {
    const [, digest] = /^Digest: (\S+)$/m.exec((await run(`pull ${registry.host}/team/app:1`)).stdout) ?? []
    const pinned = `${registry.host}/team/app:other@${digest}`
    const id = (await run(`image inspect -f {{.Id}} ${registry.host}/team/app:1`)).stdout
    expect(await run(`image inspect -f {{.Id}} ${pinned}`)).toMatchObject({ code: 0, stdout: id })
    expect((await run(`pull ${pinned}`)).stdout).toContain(`Status: Image is up to date for ${pinned}\n`)
    expect(await run(`create --pull never ${pinned} true`)).toMatchObject({ code: 0 })
    expect(await run(`save -o pinned.tar ${pinned}`)).toMatchObject({ code: 0 })
    expect((await run('container prune -f')).code).toBe(0)
  })
  test('push shows the compression of a layer', async () => {
    await run(`tag local/app ${registry.host}/team/zstd:1`)
    const { stderr } = await run(`push --compression zstd ${registry.host}/team/zstd:1`)
    expect(stderr).toMatch(/^#1 Compressing [0-9a-f]{12} (\S+) \/ \1 \S+ done$/m)
    await run(`rmi ${registry.host}/team/zstd:1`)
  })
  test('push -a pushes every tag', async () => {
    await run(`tag local/app ${registry.host}/team/app:2`)
    const { stdout } = await run(`push -a ${registry.host}/team/app`)
    expect(stdout.match(/^[12]: digest: /gm)).toHaveLength(2)
  })
  test('pull -a pulls every tag, and no other image', async () => {
    await run(`rmi ${registry.host}/team/app:1 ${registry.host}/team/app:2`)
    const { code, stdout } = await run(`pull -a ${registry.host}/team/app`)
    expect({ code, last: stdout.split('\n').at(-2) }).toEqual({ code: 0, last: `${registry.host}/team/app` })
    expect(stdout.match(/^Status: Downloaded newer image for \S+:[12]$|^Status: Image is up to date/gm)).toHaveLength(2)
    expect((await run(`images --format {{.Tag}} ${registry.host}/team/app`)).stdout.split('\n').sort()).toEqual([
      '',
      '1',
      '2',
    ])
    expect(await run(`pull -a ${registry.host}/team/app:1`)).toMatchObject({ code: 2 })
    expect(await run(`pull -a ${registry.host}/team/none`)).toMatchObject({ code: 1 })
  })
  test('a missing tag has its own error', async () => {
    expect(await run(`pull ${registry.host}/team/none:1`)).toMatchObject({ code: 1 })
  })
  test('logout removes the credentials', async () => {
    expect((await run(`logout ${registry.host}`)).stdout).toBe(`Removing login credentials for ${registry.host}\n`)
    expect((await run(`logout ${registry.host}`)).stdout).toBe(`Not logged in to ${registry.host}\n`)
    expect(await run(`pull -q ${registry.host}/team/app:1`)).toMatchObject({ code: 77 })
  })
})

describe('du and prune', () => {
  test("du prints docker's lines", async () => {
    const { stdout } = await run('du')
    expect(stdout.split('\n').map((line) => line.split(/ {2,}/)[0])).toEqual([
      'TYPE',
      'Images',
      'Containers',
      'Local Volumes',
      'Build Cache',
      '',
    ])
  })
  test('prune asks for confirmation, and requires -f without a terminal', async () => {
    expect(await run('prune')).toMatchObject({ code: 1, stdout: '' })
    const { stdout } = await run('image prune -af')
    expect(stdout).toMatch(/^Deleted Images:\nuntagged: /)
    expect(stdout).toMatch(/\nTotal reclaimed space: [\d.]+k?B\n$/)
    expect((await run('images -q')).stdout).toBe('')
  })
})
