import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { type Certificates, makeCertificates } from '../registry/certificates.ts'
import { type Harbor, QUOTA_TEXT, startHarbor } from '../support/harbor.ts'
import { createRepository } from './support/git-repository.ts'
import { startBusyboxServer } from './support/start-busybox-server.ts'
import { serverDirectory, type TestServer } from './support/start-test-server.ts'

const directory = serverDirectory()
const PASSWORD = 's3cret-of-robot'
let certificates: Certificates
let harbor: Harbor
let server: TestServer
let url: string

beforeAll(async () => {
  certificates = makeCertificates()
  const { certificate, key } = certificates
  harbor = await startHarbor({ tls: { cert: certificates.read(certificate), key: certificates.read(key) } })
  harbor.robots.set('robot$ci', { secret: PASSWORD, projects: ['team', 'full', 'fixed'] })
  harbor.projects.set('team', {})
  harbor.projects.set('full', { quota: QUOTA_TEXT })
  harbor.projects.set('fixed', { immutableTags: ['main'] })
  server = await startBusyboxServer(directory, { TSBUILD_SERVER_REGISTRIES_CA_FILE: certificates.ca })
  const repository = createRepository(directory, 'app')
  repository.commit({ Dockerfile: 'FROM busybox\nCOPY Dockerfile /\n' })
  url = repository.url
})
async function buildInto(project: string, password = PASSWORD) {
  const name = `${project}-${password.length}`
  const repository = `${harbor.host}/${project}/app`
  const destinations = [{ repository, username: 'robot$ci', passwordSecret: 'registry-password' }]
  await server.api.call('createProject', { body: { name, settings: { repository: { url }, destinations } } })
  const path = { project: name, secret: 'registry-password' }
  await server.api.call('putSecret', { path, body: { value: password } })
  const { id } = await server.api.call('triggerBuild', { path: { project: name }, body: {} })
  const build = await server.ended(id)
  const log = await (await server.api.call('downloadLog', { path: { build: id } })).text()
  return { build, log }
}

describe('a private Harbor behind TLS of a private CA', () => {
  test('accepts a push by a robot account', async () => {
    const { build } = await buildInto('team')
    expect(build.failure).toBeUndefined()
    expect(build.result?.pushed.map(({ reference }) => reference)).toContain(`${harbor.host}/team/app:main`)
    const words = ['inspect', '--tls-verify=false', '--creds', `robot$ci:${PASSWORD}`, '--format', '{{.Digest}}']
    const seen = await promisify(execFile)('skopeo', [...words, `docker://${harbor.host}/team/app:main`])
    expect(seen.stdout.trim()).toBe(build.result?.digest)
  })

  test('is used for base images with a login of the project, and not by builds of forks', async () => {
    const repository = createRepository(directory, 'derived')
    repository.commit({ 'images/Dockerfile': `FROM ${harbor.host}/team/app:main\nCOPY absent /\n` })
    const logins = [{ registry: harbor.host, username: 'robot$ci', passwordSecret: 'harbor' }]
    const settings = { repository: { url: repository.url }, build: { dockerfile: 'images/Dockerfile' }, logins }
    await server.api.call('createProject', { body: { name: 'derived', settings } })
    const path = { project: 'derived', secret: 'harbor' }
    await server.api.call('putSecret', { path, body: { value: PASSWORD } })
    const start = async (ref: string) => {
      const { id } = await server.api.call('triggerBuild', { path: { project: 'derived' }, body: { ref } })
      return server.ended(id)
    }
    const { failure } = await start('main')
    expect(failure?.message).toContain('absent')
    // with paths as the repository has them
    expect(failure?.excerpt?.split('\n')[0]).toBe('images/Dockerfile:2')
    repository.git('push', '--quiet', 'origin', 'HEAD:refs/pull/7/head')
    expect((await start('refs/pull/7/head')).failure?.message).not.toContain('absent')
  })

  test.each([
    ['a full project', 'full', QUOTA_TEXT, /^Raise the project quota/],
    ['an immutable tag', 'fixed', "'app:main' configured as immutable", /another tag/],
  ])('refuses %s: build and log show the reason with a hint, and the build is not retried', async (...row) => {
    const [, project, text, hint] = row
    const { build, log } = await buildInto(project)
    expect(build).toMatchObject({ state: 'failed', attempt: 1 })
    expect(build.failure?.message).toContain(text)
    expect(build.failure?.hint).toMatch(hint)
    expect(log).toContain(text)
  })

  test('refuses a wrong password, which is never shown', async () => {
    const { build, log } = await buildInto('team', 'another-password-of-this-test')
    expect(build).toMatchObject({ state: 'failed', attempt: 1, failure: { code: 'REGISTRY_UNAUTHORIZED' } })
    expect(JSON.stringify(build) + log + server.output()).not.toContain('another-password')
  })
})
