import { spawn, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { beforeAll, describe, expect, test } from 'vitest'
import { createRepository, type GitRepository } from './support/git-repository.ts'
import { startBusyboxServer } from './support/start-busybox-server.ts'
import { serverDirectory, signedHeaders, type TestServer, WEBHOOK_SECRET } from './support/start-test-server.ts'

const program = resolve(import.meta.dirname, '../../bin/tsbuild')
const directory = serverDirectory()
let server: TestServer
let repository: GitRepository

beforeAll(async () => {
  server = await startBusyboxServer(directory)
  repository = createRepository(directory, 'app')
  repository.commit({ Dockerfile: 'FROM busybox\nRUN echo a step\n' })
})

/** `tsbuild server …` as a user types it. */
async function run(words: readonly string[], { token = server.token, input = '', env: more = {} } = {}) {
  const env = { ...process.env, TSBUILD_SERVER: server.url, TSBUILD_TOKEN: token, ...more }
  const child = spawn(program, ['server', ...words], { env, cwd: directory })
  child.stdin.end(input)
  const status = new Promise<number | null>((done) => child.once('close', done))
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), status])
  return { stdout, stderr, exitCode }
}

/** A reverse proxy with a self-signed certificate. */
function serveWithTls(target: string) {
  const [key, certificate] = ['key.pem', 'certificate.pem'].map((name) => join(directory, name)) as [string, string]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
  const words = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', certificate]
  spawnSync('openssl', [...words, ...subject])
  const proxy = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (incoming, response) => {
    const { method, headers, url = '' } = incoming
    const outgoing = request(target + url, { method, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    incoming.pipe(outgoing)
  })
  const port = new Promise<number>((resolve) => {
    proxy.listen(0, '127.0.0.1', () => resolve((proxy.address() as AddressInfo).port))
  })
  return { certificate, port, close: () => proxy.close() }
}

describe('tsbuild server', () => {
  test('creates a project from flags, or from a file whose values flags replace; what inspect prints is a file', async () => {
    const flags = ['--repository', repository.url, '--forge', 'gitea', '--branch', 'main', '--build-arg', 'A=1']
    const created = await run(['project', 'add', 'app', ...flags])
    expect(created.stdout).toMatch(
      /^Project app created\nWebhook: http:\S+\/hooks\/app\nWebhook secret: whsec_\S{44}\n$/,
    )
    const inspected = await run(['project', 'inspect', 'app'])
    writeFileSync(join(directory, 'app.json'), inspected.stdout)
    expect(await run(['project', 'update', '-f', 'app.json', 'app'])).toMatchObject({ exitCode: 0, stderr: '' })
    expect(JSON.parse((await run(['project', 'inspect', 'app'])).stdout).settings).toEqual(
      JSON.parse(inspected.stdout).settings,
    )
    const yaml = `repository: { url: "${repository.url}" }\ntriggers: { branches: [x], tags: ["v*"] }\nbuild: { args: { B: "2" } }\n`
    await run(['project', 'add', '-f', '-', '--branch', 'main', '--dockerfile', 'Other', 'both'], { input: yaml })
    const { settings } = await server.api.call('showProject', { path: { project: 'both' } })
    expect([settings.triggers.branches, settings.triggers.tags]).toEqual([['main'], ['v*']])
    expect([settings.build.args, settings.build.dockerfile]).toEqual([{ B: '2' }, 'Other'])
    expect((await run(['project', 'rm', 'both'])).stdout).toBe('both\n')
    expect((await run(['project', 'ls'])).stdout).toMatch(/^NAME .*\napp .* enabled\n$/)
  })

  test('replaces the secret of a webhook, and accepts the old one for the requested time', async () => {
    const settings = { repository: { url: repository.url }, triggers: { branches: ['none'] } }
    await server.api.call('createProject', { body: { name: 'signed', settings, webhookSecret: WEBHOOK_SECRET } })
    const statusOf = async (secret: string): Promise<number> => {
      const body = JSON.stringify({ ref: 'refs/heads/main' })
      const headers = signedHeaders(body, secret)
      return (await fetch(`${server.url}/hooks/signed`, { method: 'POST', headers, body })).status
    }
    const rotate = async (...words: string[]): Promise<string> =>
      (await run(['project', 'rotate-secret', ...words, 'signed'])).stdout.replace(/^Webhook secret: (\S+)\n$/, '$1')
    const second = await rotate('--keep-old', '1')
    expect(await Promise.all([WEBHOOK_SECRET, second, 'another secret'].map(statusOf))).toEqual([200, 200, 401])
    const shown = await server.api.call('showProject', { path: { project: 'signed' } })
    expect(Date.parse(shown.oldWebhookSecretUntil ?? '') - Date.now()).toBeGreaterThan(3_500_000)
    writeFileSync(join(directory, 'new-secret'), 'whsec_bXkgb3duIHNlY3JldA==\n')
    expect(await rotate('--file', join(directory, 'new-secret'))).toBe('whsec_bXkgb3duIHNlY3JldA==')
    expect(await Promise.all([WEBHOOK_SECRET, second, 'my own secret'].map(statusOf))).toEqual([401, 401, 200])
    const path = { project: 'signed' }
    await server.api.call('rotateWebhookSecret', { path, body: { keepOldHours: 1 / 3600 } })
    await expect.poll(() => statusOf('my own secret'), { interval: 500 }).toBe(401)
    const headers = { authorization: `Bearer ${server.token}` } // no body: every default
    const plain = await fetch(`${server.url}/api/v1/projects/signed/webhook-secret`, { method: 'POST', headers })
    expect(await plain.json()).toEqual({ webhookSecret: expect.any(String) })
  })

  test('starts a build, follows it to its end, and ends as it does', async () => {
    const followed = await run(['build', 'trigger', '--follow', 'app'])
    expect(followed.stdout).toMatch(/\[2\/2\] RUN echo a step\n[\s\S]*#\d+ a step\n#\d+ DONE\n/)
    expect([followed.exitCode, followed.stderr]).toEqual([0, 'Build 1 succeeded\n'])
    repository.commit(
      { Dockerfile: 'FROM busybox\nRUN echo broken; exit 3\n' },
      { branch: 'broken', message: 'Break \u001b[2Jit' },
    )
    const failed = await run(['build', 'trigger', '-f', '--ref', 'broken', 'app'])
    expect([failed.exitCode, failed.stderr]).toEqual([
      1,
      expect.stringMatching(/>>> RUN echo broken; exit 3[\s\S]*Build 2 failed\n$/),
    ])
    const logs = await run(['build', 'logs', '2'])
    expect(logs.stdout).toContain('broken\n')
    const { stdout } = await run(['build', 'ls', '--project', 'app'])
    expect(stdout).toMatch(/^ID .*\n2 +app +broken +\w{7} +failed +\S+ +Break \S*it\n1 +app +main +\w{7} +succeeded/)
    expect(stdout).not.toContain('\u001b')
    const failures = await run(['build', 'ls', '--state', 'failed', '--format', 'json'])
    expect(JSON.parse(failures.stdout)).toMatchObject([{ id: 2 }])
    expect((await run(['build', 'retry', '2'])).stdout).toBe('3\n')
    await server.ended(3)
    await run(['build', 'trigger', '--ref', 'refs/tags/main', 'app'])
    expect((await run(['build', 'ls', '--limit', '1'])).stdout).toMatch(/^ID .*\n4 +app +tag main /)
    await server.ended(4)
  })

  test('Ctrl-C ends the display of a log and names the build, which continues', async () => {
    repository.commit({ Dockerfile: 'FROM busybox\nRUN echo begun; sleep 300\n' }, { branch: 'long' })
    const env = { ...process.env, TSBUILD_SERVER: server.url, TSBUILD_TOKEN: server.token }
    const child = spawn(program, ['server', 'build', 'trigger', '--follow', '--ref', 'long', 'app'], { env })
    const status = new Promise<number | null>((done) => child.once('close', done))
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output.includes(' begun\n')) child.kill('SIGINT')
    })
    const [exitCode, stderr] = await Promise.all([status, text(child.stderr)])
    const [, id = ''] = /^Build (\d+) continues; to cancel it: tsbuild server build cancel \1\n$/.exec(stderr) ?? []
    expect([exitCode, stderr]).toEqual([130, expect.stringContaining('continues')])
    expect(await server.api.call('showBuild', { path: { build: id } })).toMatchObject({ state: 'running' })
    await run(['build', 'cancel', id])
    expect(await server.ended(Number(id))).toMatchObject({ state: 'cancelled' })
  })

  test('cancels a build that runs, and refuses one that has ended', async () => {
    repository.commit({ Dockerfile: 'FROM busybox\nRUN sleep 60\n' }, { branch: 'slow' })
    const { stdout } = await run(['build', 'trigger', '--ref', 'slow', 'app'])
    expect(await run(['build', 'cancel', stdout.trim()])).toMatchObject({ stdout, exitCode: 0 })
    expect(await server.ended(Number(stdout))).toMatchObject({ state: 'cancelled' })
    const inspected = JSON.parse((await run(['build', 'inspect', stdout.trim()])).stdout)
    expect(inspected).toMatchObject({ id: Number(stdout), state: 'cancelled', ref: 'refs/heads/slow' })
    const again = await run(['build', 'cancel', stdout.trim()])
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('it has already ended')])
  })

  test('creates tokens that may do what their scope allows, and revokes them by name or ID', async () => {
    const [token = '', none] = (await run(['token', 'create', 'ci', '--scope', 'build'])).stdout.split('\n')
    expect([token.startsWith('tsb_'), none]).toEqual([true, ''])
    expect((await run(['build', 'ls'], { token })).exitCode).toBe(0)
    const refused = await run(['project', 'rm', 'app'], { token })
    expect([refused.exitCode, refused.stderr]).toEqual([
      77,
      expect.stringContaining('has scope build (expected admin)'),
    ])
    expect((await run(['token', 'rm', 'ci'])).stdout).toBe('ci\n')
    expect(await run(['token', 'rm', 'admin'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('Cannot revoke token "admin": it is the last one of scope admin'),
    })
    expect((await run(['build', 'ls'], { token })).exitCode).toBe(77)
    await run(['token', 'create', 'other'])
    const id = /^(\d+) +other/m.exec((await run(['token', 'ls'])).stdout)?.[1] ?? ''
    expect((await run(['token', 'rm', id])).exitCode).toBe(0)
    expect((await run(['token', 'rm', 'other'])).stderr).toContain('Cannot find token "other": no such token')
  })

  test('accepts a token with a line end, as mounted secrets have it, and refuses one that is damaged', async () => {
    expect((await run(['build', 'ls'], { token: `${server.token}\r\n` })).exitCode).toBe(0)
    for (const token of [`${server.token}\n${server.token}`, 'tökén', ' ']) {
      const refused = await run(['build', 'ls'], { token })
      expect([refused.exitCode, refused.stderr]).toEqual([2, expect.stringContaining('Cannot use the token')])
    }
  })

  test.each([
    [['build', 'ls', '--project', 'absent'], 'project "absent"', 'project ls'],
    [['build', 'inspect', '999'], 'build "999"', 'build ls'],
    [['build', 'logs', 'latest'], 'build "latest"', 'build ls'],
    [['secret', 'rm', 'app', 'absent'], 'secret "absent"', 'secret ls'],
    [['token', 'rm', 'absent'], 'token "absent"', 'token ls'],
  ])('%j names the command that lists what exists', async (words, missing, list) => {
    const { exitCode, stdout, stderr } = await run(words)
    expect([exitCode, stdout]).toEqual([1, ''])
    expect(stderr).toContain(`Cannot find ${missing}: no such `)
    expect(stderr).toContain(`tsbuild server ${list} lists`)
  })

  test('lists no builds of a project that has none', async () => {
    await run(['project', 'add', 'empty', '--repository', repository.url])
    expect(await run(['build', 'ls', '--project', 'empty'])).toMatchObject({ exitCode: 0, stderr: '' })
  })

  test('uses the first token of the server on this machine for a loopback address only', () => {
    const place = '/var/lib/tsbuild-server'
    const prepare = `mount -t tmpfs none /var/lib && mkdir ${place} && printf %s "$1" > ${place}/admin-token && shift`
    const call = (url: string) =>
      spawnSync('unshare', ['--mount', 'sh', '-c', `${prepare} && exec "$@"`, 'sh', server.token, program, ...words], {
        env: { ...process.env, TSBUILD_TOKEN: '', TSBUILD_SERVER: url },
        encoding: 'utf8',
      })
    const words = ['server', 'worker', 'ls']
    expect(call(server.url)).toMatchObject({ status: 0, stderr: '' })
    const refused = call('http://builds.example.com')
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('no token')])
    expect(refused.stderr).toContain('tsbuild server token create')
  })

  test('an empty secret is refused as an empty text', async () => {
    const path = { project: 'empty', secret: 'nothing' }
    const reason = 'value: must not be empty'
    await expect(server.api.call('putSecret', { path, body: { value: '' } })).rejects.toThrow(reason)
  })

  test('trusts the certificate authority that the environment names', async () => {
    const proxy = serveWithTls(server.url)
    const url = `https://127.0.0.1:${await proxy.port}`
    try {
      const refused = await run(['project', 'ls', '--server', url])
      expect(refused).toMatchObject({
        exitCode: 69,
        stderr: expect.stringMatching(/self-signed certificate\n.*NODE_EXTRA/),
      })
      for (const name of ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE']) {
        const found = await run(['project', 'ls', '--server', url], { env: { [name]: proxy.certificate } })
        expect([found.exitCode, found.stderr]).toEqual([0, ''])
      }
    } finally {
      proxy.close()
    }
  })

  test.each([
    ['builds.example.com', 2, 'Cannot use server "builds.example.com": not an http or https address'],
    ['ftp://builds.example.com', 2, 'not an http or https address'],
    [
      'http://127.0.0.1:9',
      69,
      'Cannot reach server "http://127.0.0.1:9": connect ECONNREFUSED 127.0.0.1:9\n  hint: Start',
    ],
  ])('reports a server %s that cannot be used', async (url, exitCode, reason) => {
    const env = { TSBUILD_SERVER: url }
    expect(await run(['build', 'ls'], { env })).toMatchObject({ exitCode, stderr: expect.stringContaining(reason) })
  })

  test('reports that the server of an https address does not speak TLS', async () => {
    const { stderr } = await run(['build', 'ls'], { env: { TSBUILD_SERVER: server.url.replace('http:', 'https:') } })
    expect(stderr).toMatch(/: it does not speak TLS\n {2}hint: Write http:\/\//)
  })

  test('sets secrets from standard input, and shows names only', async () => {
    expect(await run(['secret', 'set', 'app', 'npm-token'], { input: 'a value\n' })).toMatchObject({ exitCode: 0 })
    const { stdout } = await run(['project', 'inspect', 'app'])
    expect(JSON.parse(stdout).secretNames).toEqual(['npm-token'])
    expect((await run(['secret', 'ls', 'app'])).stdout).toBe('NAME\nnpm-token\n')
    expect(JSON.parse((await run(['secret', 'list', '--format', 'json', 'app'])).stdout)).toEqual(['npm-token'])
    expect(stdout).not.toContain('a value')
    expect((await run(['secret', 'set', 'app', 'empty'])).stderr).toContain('the value is empty')
    expect((await run(['secret', 'rm', 'app', 'npm-token'])).exitCode).toBe(0)
    expect((await run(['worker', 'ls'])).stdout).toMatch(/^ID .*\n\S+ .* ready /)
  })
})
