import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { importBusybox } from './bases.ts'
import { createTsbuild, finished, type Tsbuild } from './tsbuild.ts'

let room = ''
let tsbuild: Tsbuild
let registry: RunningRegistry

const SECRET = 'correct-Horse+battery/staple'
/** Assembled here, so that no file of this repository contains one. */
const GITHUB = ['ghp', 'a1B2'.repeat(9)].join('_')
const PEM = ['-----BEGIN RSA PRIVATE', 'KEY-----'].join(' ')

beforeAll(async () => {
  room = temporaryDirectory('scan')
  tsbuild = createTsbuild({ NPM_PASSWORD: SECRET })
  await importBusybox(tsbuild)
  registry = await startRegistry()
})

function build(dockerfile: string, ...words: string[]) {
  return tsbuild.with({ input: `FROM busybox\n${dockerfile}\n` }).run('build', '--progress=plain', ...words, '-')
}

const places: readonly (readonly [what: string, dockerfile: string, found: string])[] = [
  ['a file', `RUN echo "x=${SECRET}" > /app.conf`, '/app.conf in layer 2 of 2, byte 2'],
  ['a file that a later step deletes', `RUN echo ${SECRET} > /a\nRUN rm /a`, '/a in layer 2 of 3, byte 0'],
  ['base64', `RUN echo ${Buffer.from(`me:${SECRET}`).toString('base64')} > /auth`, '/auth in layer 2 of 2, byte 4'],
  ['a URL', `RUN echo "https://me:${encodeURIComponent(SECRET)}@h/" > /url`, '/url in layer 2 of 2, byte 11'],
  ['a link', `RUN ln -s /x/${SECRET} /link`, '/link in layer 2 of 2, byte 3'],
  ['the environment', `ENV A=${SECRET}`, 'environment variable A, byte 2'],
  ['a label', `LABEL b=${SECRET}`, 'label 1, byte 2'],
  ['the command', `CMD ["run", "${SECRET}"]`, 'CMD, byte 4'],
]

test.each(places)('the value of a variable is found in %s, and never printed', async (_, dockerfile, found) => {
  const { stdout, stderr, exitCode } = await build(dockerfile, '--scan-secrets')
  expect(exitCode).toBe(0)
  const warnings = stderr.split('\n').filter((line) => line.includes('SecretInImage'))
  expect(warnings.join('\n')).toContain(`the value of variable NPM_PASSWORD is in ${found}`)
  expect(warnings.join('\n') + stdout).not.toContain(SECRET)
})

test('keys of known forms are found and masked', async () => {
  const key = `${PEM}\n${'QUJD'.repeat(32)}\n`
  writeFileSync(join(room, 'key.pem'), key)
  writeFileSync(join(room, 'env'), `A=1\nGITHUB=${GITHUB}\n`)
  writeFileSync(join(room, 'Dockerfile'), 'FROM busybox\nCOPY key.pem env /\n')
  const { stderr } = await tsbuild.run('build', '--progress=plain', '--scan-secrets', room)
  expect(stderr).toContain('private key -----BEGIN **** is in /key.pem in layer 2 of 2, byte 0')
  expect(stderr).toContain('GitHub token ghp_**** is in /env in layer 2 of 2, byte 11')
  expect(stderr).not.toContain(GITHUB)
})

test('compressed files are searched, damaged ones up to the damage', async () => {
  const context = join(room, 'compressed')
  mkdirSync(context)
  const text = `${'x'.repeat(70_000)}${SECRET}\n`
  writeFileSync(join(context, 'text'), text)
  const into = (name: string, command: string, ...words: string[]) =>
    writeFileSync(join(context, name), execFileSync(command, [...words, 'text'], { cwd: context }))
  into('a.gz', 'gzip', '-c')
  into('a.xz', 'xz', '-c')
  into('a.zst', 'zstd', '-qc')
  into('a.tgz', 'tar', '-cz')
  execFileSync('python3', ['-m', 'zipfile', '-c', 'a.jar', 'text'], { cwd: context })
  const zip = readFileSync(join(context, 'a.gz'))
  writeFileSync(join(context, 'damaged.gz'), Buffer.concat([zip.subarray(0, -8), Buffer.alloc(8)]))
  writeFileSync(join(context, 'noise.gz'), Buffer.concat([Buffer.from([0x1f, 0x8b]), randomBytes(300)]))
  writeFileSync(join(context, 'noise.zip'), Buffer.concat([Buffer.from('PK\x03\x04'), randomBytes(300)]))
  writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nCOPY *.* /\n')
  const { stderr, exitCode } = await tsbuild.run('build', '--progress=plain', '--scan-secrets', context)
  expect(exitCode).toBe(0)
  const places = [
    ...stderr.matchAll(/SecretInImage: .* is in (\S+(?: \(decompressed\)|!\S+)) in layer 2 of 2, byte (\d+)/g),
  ]
  expect(new Set(places.map(([, path, offset]) => `${path} ${offset}`))).toEqual(
    new Set([
      ...['a.gz', 'a.xz', 'a.zst', 'damaged.gz'].map((name) => `/${name} (decompressed) 70000`),
      '/a.tgz (decompressed) 70512',
      '/a.jar!/text 70000',
    ]),
  )
  expect(stderr).not.toContain('Cannot search')
})

test('a compressed file that grows too large is searched up to the limit, and reported', async () => {
  const { stderr } = await build('RUN head -c 70000000 /dev/zero | gzip > /zeros.gz', '--scan-secrets=error')
  expect(stderr).toContain(
    'Cannot search for secrets: /zeros.gz in layer 2 of 2: only the first part of its compressed content',
  )
})

test('values in wrapped base64 and UTF-16, keys in UTF-16, and unexpired JSON Web Tokens are found', async () => {
  const context = join(room, 'encoded')
  mkdirSync(context)
  const into = (name: string, content: string | Buffer) => writeFileSync(join(context, name), content)
  const lines =
    Buffer.from(`${'x'.repeat(50)}${SECRET}`)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  const token = (claims: object) =>
    [{ alg: 'HS256' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  into('lines', lines.map((line) => `    ${line}`).join('\n'))
  into('wide', Buffer.from(SECRET, 'utf16le'))
  into('marked', Buffer.from(`\ufeffkey=${GITHUB}`, 'utf16le'))
  into('live', `${token({ exp: 99_999_999_999 })}.${'a1B2'.repeat(9)}`)
  into('expired', `${token({ exp: 1_516_239_022 })}.${'a1B2'.repeat(9)}`)
  writeFileSync(join(context, 'Dockerfile'), 'FROM busybox\nCOPY lines wide marked live expired /\n')
  const { stderr } = await tsbuild.run('build', '--progress=plain', '--scan-secrets', context)
  for (const finding of [
    'value of variable NPM_PASSWORD is in /lines in',
    'value of variable NPM_PASSWORD is in /wide in',
    'GitHub token ghp_**** is in /marked (UTF-16) in',
    'JSON Web Token eyJ**** is in /live in',
  ])
    expect(stderr).toContain(finding)
  expect(stderr).not.toContain('/expired')
})

test('a file name cannot add lines to the warnings', async () => {
  const { stderr } = await build(`RUN printf ${SECRET} > "$(printf '/a\\n::error::b\\033[31m')"`, '--scan-secrets')
  expect(stderr).toContain('/a\\u000a::error::b\\u001b[31m in layer 2 of 2')
  expect(stderr).not.toMatch(/^::error::b/m)
})

test('secrets of the build are searched for; mounts that only use them leave nothing to find', async () => {
  writeFileSync(join(room, 'token'), `registry=https://h/\n//h/:_authToken=${GITHUB.slice(4)}x9\n`)
  const secret = ['--secret', `id=npm,src=${join(room, 'token')}`, '--scan-secrets=error']
  const mount = 'RUN --mount=type=secret,id=npm'
  expect((await build(`${mount} wc -c < /run/secrets/npm`, ...secret)).exitCode).toBe(0)
  const copied = await build(`${mount} cp /run/secrets/npm /npmrc`, ...secret)
  expect([copied.exitCode, copied.stderr]).toEqual([
    1,
    expect.stringContaining('the value of secret "npm" is in /npmrc'),
  ])
})

test('a secret from a pipe is searched for after a step has used it', async () => {
  const program = resolve(import.meta.dirname, '../../bin/tsbuild')
  const command = `exec "$0" --root "$1" build --progress=plain --scan-secrets=error --secret id=npm,src=<(echo "$2") -`
  const child = spawn('bash', ['-c', command, program, tsbuild.root, 'piped-Value+0123'], { stdio: 'pipe' })
  const copy = 'FROM busybox\nRUN --mount=type=secret,id=npm cp /run/secrets/npm /piped\n'
  const { exitCode, stderr } = await finished(child, copy)
  expect([exitCode, stderr]).toEqual([1, expect.stringContaining('the value of secret "npm" is in /piped')])
})

test('an unreadable secret is a warning, and an error with --scan-secrets=error', async () => {
  const pipe = join(room, 'pipe')
  execFileSync('mkfifo', [pipe])
  const secret = ['--secret', `id=npm,src=${pipe}`]
  const why = 'Cannot read secret "npm": it is a pipe that no program writes to'
  const refused = await build('ENV A=1', ...secret, '--scan-secrets=error')
  expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining(why)])
  const warned = await build(`ENV A=${SECRET}`, ...secret, '--scan-secrets')
  expect([warned.exitCode, warned.stderr]).toEqual([0, expect.stringContaining(why)])
  expect(warned.stderr).toContain('the value of variable NPM_PASSWORD is in environment variable A')
})

test('--scan-secrets=error pushes and tags nothing', async () => {
  const image = `${registry.host}/leaking:1`
  const { exitCode, stderr } = await build(`ENV A=${SECRET}`, '--push', '--scan-secrets=error', '-t', image)
  expect(exitCode).toBe(1)
  expect(stderr).toContain('Cannot publish the image: the value of variable NPM_PASSWORD is in environment variable A')
  expect((await fetch(`http://${registry.host}/v2/leaking/tags/list`)).status).toBe(404)
  expect((await tsbuild.run('image', 'inspect', image)).exitCode).toBe(1)
})

test('a push is searched by default and reports warnings; off disables the search', async () => {
  const image = `${registry.host}/warned:1`
  const pushed = await build(`ENV A=${SECRET}`, '--push', '-t', image)
  expect([pushed.exitCode, pushed.stderr]).toEqual([0, expect.stringContaining('SecretInImage')])
  const silent = await build(`ENV A=${SECRET}`, '--push', '--scan-secrets=off', '-t', image)
  expect([silent.exitCode, silent.stderr]).toEqual([0, expect.not.stringContaining('SecretInImage')])
  expect((await build(`ENV A=${SECRET}`)).stderr).not.toContain('SecretInImage')
})

test('short, common and public values are not searched for', async () => {
  const env = {
    A_TOKEN: 'abc',
    B_PASSWORD: 'postgres',
    C_KEY: '/etc/ssl/key.pem',
    D_SECRET: 'aaaaaaaaaaaa',
    HOMEPAGE: SECRET,
  }
  const input = 'FROM busybox\nENV A="abc postgres /etc/ssl/key.pem aaaaaaaaaaaa"\n'
  const { exitCode, stderr } = await tsbuild.with({ env, input }).run('build', '--scan-secrets=error', '-')
  expect(exitCode, stderr).toBe(0)
})

test('layers of the base image are not searched', async () => {
  await build(`RUN echo ${SECRET} > /old`, '-t', 'leaky-base')
  const { exitCode, stderr } = await tsbuild
    .with({ input: 'FROM leaky-base\nRUN echo new > /new\n' })
    .run('build', '--progress=plain', '--scan-secrets', '-')
  expect(exitCode).toBe(0)
  expect(stderr).not.toContain('/old')
})

test('no part of a value is written to the disk of the store', async () => {
  const value = randomBytes(20).toString('base64url')
  const own = tsbuild.with({ env: { OTHER_TOKEN: value }, input: 'FROM busybox\nRUN echo hello > /x\n' })
  expect((await own.run('build', '--scan-secrets=error', '-')).exitCode).toBe(0)
  for (const name of readdirSync(tsbuild.root, { recursive: true, encoding: 'utf8' })) {
    const path = join(tsbuild.root, name)
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat?.isFile() && stat.size < 1 << 20) expect(readFileSync(path).includes(value), name).toBe(false)
  }
})

test('keys of the self-tests of GnuTLS are no secrets; in another file they are', async () => {
  const key = `${PEM}\n${randomBytes(96).toString('base64')}\n`
  const context = temporaryDirectory('gnutls')
  writeFileSync(join(context, 'key'), `${key}\n${GITHUB}`)
  writeFileSync(
    join(context, 'Dockerfile'),
    'FROM scratch\nCOPY key /usr/lib/x86_64-linux-gnu/libgnutls.so.30\nCOPY key /srv/libgnutls.so.30\n',
  )
  const { stderr } = await tsbuild.run('build', '--progress=plain', '--scan-secrets', context)
  const found = stderr.split('\n').filter((line) => line.includes('SecretInImage'))
  expect(found.map((line) => /image: (.*) (?:ghp|---).* is in (\S+)/.exec(line)?.slice(1).join(' in ')).sort()).toEqual(
    [
      'GitHub token in /srv/libgnutls.so.30',
      'GitHub token in /usr/lib/x86_64-linux-gnu/libgnutls.so.30',
      'private key in /srv/libgnutls.so.30',
    ],
  )
})
