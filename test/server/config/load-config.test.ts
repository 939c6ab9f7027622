import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { settingPaths, variableOf } from '../../../server/config/override-from-env.ts'
import { configJsonSchema, loadConfig } from '../../../server/index.ts'

const home = join(import.meta.dirname, '../../..')
const directory = mkdtempSync(join(tmpdir(), 'ts-config-'))
const file = join(directory, 'tsbuild-server.yaml')
afterAll(() => rmSync(directory, { recursive: true }))
const load = (text: string, env: Record<string, string> = {}) => {
  writeFileSync(file, text)
  return loadConfig({ file, env })
}

test('loadConfig() reports a file that exists but cannot be read', async () => {
  const place = process.cwd()
  process.chdir(directory)
  try {
    rmSync(file, { force: true })
    symlinkSync('tsbuild-server.yaml', file) // a loop
    await expect(loadConfig({ env: {} })).rejects.toThrow(
      /^Cannot read configuration "tsbuild-server.yaml": too many levels/,
    )
  } finally {
    rmSync(file)
    process.chdir(place)
  }
})

describe('loadConfig()', () => {
  test('has a default for everything, and the environment overrides the file', async () => {
    expect(await load('')).toMatchObject({ listen: '127.0.0.1:8080', database: 'embedded', worker: { slots: 2 } })
    const env = {
      TSBUILD_SERVER_WORKER_SLOTS: '7',
      TSBUILD_SERVER_REGISTRIES_INSECURE: 'a:1,b:2',
      TSBUILD_SERVER_CONFIG: 'x',
    }
    expect(await load('worker:\n  slots: 3\n  drainSeconds: 9\n', env)).toMatchObject({
      worker: { slots: 7, drainSeconds: 9 },
      registries: { insecure: ['a:1', 'b:2'] },
    })
  })

  test('ignores the variables that Kubernetes sets for a service of this name', async () => {
    const env = {
      TSBUILD_SERVER_SERVICE_HOST: '10.0.0.7',
      TSBUILD_SERVER_SERVICE_PORT: '80',
      TSBUILD_SERVER_SERVICE_PORT_HTTP: '80',
      TSBUILD_SERVER_PORT: 'tcp://10.0.0.7:80',
      TSBUILD_SERVER_PORT_80_TCP: 'tcp://10.0.0.7:80',
      TSBUILD_SERVER_PORT_80_TCP_PROTO: 'tcp',
      TSBUILD_SERVER_PORT_80_TCP_PORT: '80',
      TSBUILD_SERVER_PORT_80_TCP_ADDR: '10.0.0.7',
    }
    expect(await load('', env)).toEqual(await load(''))
  })

  test.each([
    ['listen: here\n', {}, /listen: must be address:port/],
    ['worker:\n  slots: many\n', {}, /: worker\.slots: must be a number \(not "many"\)$/],
    ['worker:\n  slots: 65\n', {}, /: worker\.slots: must be at most 64$/],
    ['build:\n  network: bridge\n', {}, /: build\.network: must be one of "private", "none", "host" \(not "bridge"\)$/],
    ['git:\n  localRoots: /srv\n', {}, /: git\.localRoots: must be a list \(not "\/srv"\)$/],
    ['webhooks:\n  dockerHubSecret: short\n', {}, /dockerHubSecret: must have at least 16 characters$/],
    ['store:\n  keepDays: .inf\n', {}, /: store\.keepDays: must be /],
    ['worker:\n  leaseSeconds: 2592000\n', {}, /: worker\.leaseSeconds: must be at most 86400$/],
    ['worker:\n  drainSeconds: 2592000\n', {}, /: worker\.drainSeconds: must be at most 86400$/],
    ['git:\n  timeoutSeconds: 2592000\n', {}, /: git\.timeoutSeconds: must be at most 86400$/],
    ['retention:\n  buildDays: 999999999\n', {}, /: retention\.buildDays: must be at most 36500$/],
    ['a: 1\n---\nb: 1\n', {}, /: Source contains multiple documents at line 2, column 1$/],
    [
      '',
      { TSBUILD_SERVER_WORKER_SLOTS: 'x' },
      /^Cannot use variable "TSBUILD_SERVER_WORKER_SLOTS": must be a number \(/,
    ],
    ['workers: 3\n', {}, /: workers: unknown setting$/],
    ['worker:\n  slot: 3\n', {}, /: worker\.slot: unknown setting$/],
    ['worker:\n', {}, /worker: /],
    ['worker: {slots: 1}\nworker: {slots: 2}\n', {}, /unique/],
    ['listen: 0.0.0.0:99999\n', {}, /listen: /],
    ['retention: {logDays: 1.5}\n', {}, /retention\.logDays/],
    ['tracing: {otlpEndpoint: collector}\n', {}, /tracing\.otlpEndpoint/],
    [`a: &a [x]\nb: &b [${'*a,'.repeat(50)}]\nc: [${'*b,'.repeat(50)}]\n`, {}, /^Cannot (read|use) configuration/],
    ['', { TSBUILD_SERVER_WORKER_SLOTS: '{' }, /^Cannot use variable "TSBUILD_SERVER_WORKER_SLOTS"/],
    ['', { TSBUILD_SERVER_WORKER_SLOTS: '' }, /WORKER_SLOTS": must be a number/],
    ['', { TSBUILD_SERVER_WORKER: '3' }, /no such setting/],
    ['', { TSBUILD_SERVER_PUBLIC_URL: '' }, /PUBLIC_URL": must be a URL/],
    ['', { TSBUILD_SERVER_PUBLIC_URL: 'build.example.com' }, /PUBLIC_URL": must be a URL/],
    ['', { TSBUILD_SERVER_TRACING_OTLP_ENDPOINT: 'ftp://x' }, /must begin with https:/],
    ['', { TSBUILD_SERVER_PUBLIC_URL: 'http:///x' }, /must begin with https:.* and a host$/],
    ['worker: []\n', {}, /worker: a list \(expected settings\)$/],
    ['- a\n', {}, /not a mapping/],
    ['a: [\n', {}, /Cannot read configuration/],
    ['', { TSBUILD_SERVER_NONSENSE: '1' }, /no such setting/],
    ['database: mysql://x\n', {}, /database/],
  ])('refuses %j with %j', async (text, env, message) => {
    await expect(load(text, env as Record<string, string>)).rejects.toThrow(message)
  })
})

test('an invalid value of a flag is reported as that of the flag', async () => {
  const loaded = loadConfig({ file: '/dev/null', env: { TSBUILD_SERVER_LISTEN: 'a:1' }, flags: { listen: 'here' } })
  await expect(loaded).rejects.toThrow(/^Cannot use flag "--listen": must be address:port$/)
})

test('docs/server.md lists every setting, and the published JSON Schema is up to date', async () => {
  const text = readFileSync(join(home, 'docs/server.md'), 'utf8')
  const listed = [...text.matchAll(/^\| `([a-zA-Z.]+)` \|/gm)]
    .map(([, name]) => name)
    .filter((name) => name !== 'generic')
  expect(listed).toEqual(settingPaths().map((path) => path.join('.')))
  expect(variableOf(['webhooks', 'maxBodyBytes'])).toBe('TSBUILD_SERVER_WEBHOOKS_MAX_BODY_BYTES')
  const published = JSON.parse(readFileSync(join(home, 'docs/tsbuild-server.schema.json'), 'utf8'))
  expect(published).toEqual(JSON.parse(JSON.stringify(await configJsonSchema())))
})
