import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { parseReference } from '../../../image-spec/index.ts'
import { type RegistryClient, readRegistrySettings } from '../../../registry/index.ts'
import { pullSources, pushTarget } from '../../../registry/settings/pull-sources.ts'
import { insecureTest } from '../../../registry/transport/hosts.ts'
import { type FaultRegistry, startFaultRegistry } from '../../support/fault-registry.ts'
import { startForwardProxy } from '../../support/forward-proxy.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { anonymousClient, blobOf, collect, opener } from '../blob-samples.ts'

let home: string
let env: Readonly<Record<string, string>>

beforeEach(() => {
  home = temporaryDirectory('hosts')
  env = { HOME: home, CONTAINERS_REGISTRIES_CONF: join(home, 'registries.conf') }
})

async function put(host: string, text: string): Promise<void> {
  const path = join(home, '.config/containerd/certs.d', host, 'hosts.toml')
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

async function places(text: string) {
  const { rules } = await readRegistrySettings(env)
  const shown = ({ host, repository, apiPath = '/v2' }: ReturnType<typeof pushTarget>) =>
    `${host}${apiPath}/${repository}`
  return {
    pull: pullSources(parseReference(text), rules).map(shown),
    push: shown(pushTarget(parseReference(text), rules)),
  }
}

describe('hosts.toml of containerd', () => {
  test('hosts are tried in order, then the server; tags only where they may be resolved', async () => {
    await put(
      'docker.io',
      `server = "https://registry-1.docker.io"
       [host."https://two.test:5000"]
       capabilities = ["pull", "resolve"]
       [host."one.test"]
       capabilities = ["pull"]
       [host."https://resolver.test"]
       capabilities = ["resolve"]`,
    )
    const pull = ['two.test:5000/v2/library/busybox', 'docker.io/v2/library/busybox']
    expect(await places('busybox')).toEqual({ pull, push: 'docker.io/v2/library/busybox' })
    const byDigest = await places(`busybox@sha256:${'0'.repeat(64)}`)
    expect(byDigest.pull).toEqual([pull[0], 'one.test/v2/library/busybox', pull[1]])
  })

  test('a host with the capability push receives pushes, as does one without a list', async () => {
    await put('a.test', '[host."https://b.test"]\ncapabilities = ["pull"]\n[host."https://c.test"]')
    await put('d.test_5000_', 'server = "https://e.test"')
    expect(await places('a.test/x')).toEqual({ pull: ['c.test/v2/x', 'a.test/v2/x'], push: 'c.test/v2/x' })
    expect(await places('d.test:5000/x')).toEqual({ pull: ['e.test/v2/x'], push: 'e.test/v2/x' })
  })

  test.each([
    ['https://m.test/v2/', '', 'm.test/v2/x'],
    ['https://m.test/hub', '', 'm.test/hub/v2/x'],
    ['https://m.test/hub', 'override_path = true', 'm.test/hub/x'],
    ['https://m.test/v2/hub', 'override_path = true', 'm.test/v2/hub/x'],
    ['https://m.test//b.test/', '', 'm.test/b.test/v2/x'],
    ['https://m.test/api/hub/v2', 'override_path = true', 'm.test/api/hub/v2/x'],
  ])('address %s, %s', async (url, key, place) => {
    await put('a.test', `[host."${url}"]\n${key}\n`)
    expect((await places('a.test/x')).pull[0]).toBe(place)
  })

  test('certificates and skip_verify apply to their host; paths start at the file', async () => {
    await put(
      'a.test',
      `ca = "own.pem"
       [host."https://b.test"]
       skip_verify = true
       ca = ["one.pem", "/two.pem"]
       client = [["c.pem", "k.pem"]]
       [host."http://c.test:5000"]
       client = "both.pem"`,
    )
    const { certificates, insecure, plainHttp } = await readRegistrySettings(env)
    const at = (name: string) => join(home, '.config/containerd/certs.d/a.test', name)
    expect(certificates).toEqual([
      { host: 'b.test', ca: [at('one.pem'), '/two.pem'], client: { cert: at('c.pem'), key: at('k.pem') } },
      { host: 'c.test:5000', ca: [], client: { cert: at('both.pem'), key: at('both.pem') } },
      { host: 'a.test', ca: [at('own.pem')] },
    ])
    expect(['a.test', 'b.test'].map(insecureTest(insecure))).toEqual([false, true])
    expect(plainHttp).toEqual(['c.test:5000'])
  })

  test('registries.conf takes precedence', async () => {
    await put('a.test', '[host."https://b.test"]')
    await writeFile(
      join(home, 'registries.conf'),
      '[[registry]]\nlocation = "a.test"\n[[registry.mirror]]\nlocation = "c.test"',
    )
    expect((await places('a.test/x')).pull).toEqual(['c.test/v2/x', 'a.test/v2/x'])
  })

  test.each([
    '[host."ftp://b.test"]',
    '[host."https://user:password@b.test"]',
    '[host."https://b.test"]\nca = 1',
    '[host."https://b.test"]\nclient = [["a", "b", "c"]]',
    '[host."https://b.test"]\nclient = [["a", "b"], ["c", "d"]]',
    '[host."https://b.test".header]\n"a b" = "c"',
    '[host."https://b.test".header]\na = "b\\r\\nc: d"',
    'server = 5',
  ])('%s is REGISTRY_BAD_CONFIG', async (text) => {
    await put('a.test', text)
    await expect(readRegistrySettings(env)).rejects.toMatchObject({
      code: 'REGISTRY_BAD_CONFIG',
      message: expect.not.stringContaining('password'),
    })
  })
})

describe('pulls and pushes with hosts.toml', () => {
  const bytes = Buffer.from('a layer')
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, config: blobOf(bytes), layers: [] }))
  const type = 'application/vnd.oci.image.manifest.v1+json'
  let mirror: FaultRegistry
  let origin: FaultRegistry

  beforeEach(async () => {
    mirror = await startFaultRegistry()
    origin = await startFaultRegistry()
    for (const { manifests, blobs } of [mirror, origin]) {
      manifests.set('team/app:v1', { type, bytes: manifest })
      blobs.set(blobOf(bytes).digest, bytes)
    }
  })

  async function client(): Promise<RegistryClient> {
    return anonymousClient({ settings: await readRegistrySettings(env), env })
  }

  test('a mirror of all registries receives the name of the registry, and its headers', async () => {
    await put(
      '_default',
      `[host."http://${mirror.host}"]
       capabilities = ["pull", "resolve"]
       [host."http://${mirror.host}".header]
       X-Mirror-Key = "k3y-of-the-mirror"
       X-List = ["a", "b"]`,
    )
    const reference = parseReference(`${origin.host}/team/app:v1`)
    const puller = await client()
    expect((await puller.fetchManifest(reference)).bytes.toString()).toBe(manifest.toString())
    expect((await collect(puller.fetchBlob(reference, blobOf(bytes)))).equals(bytes)).toBe(true)
    const seen = mirror.requests.filter(({ url }) => url.startsWith('/v2/team'))
    const query = `?ns=${encodeURIComponent(origin.host)}`
    expect(seen.map(({ url }) => url)).toEqual([
      `/v2/team/app/manifests/v1${query}`,
      `/v2/team/app/blobs/${blobOf(bytes).digest}${query}`,
    ])
    for (const { headers } of seen)
      expect(headers).toMatchObject({ 'x-mirror-key': 'k3y-of-the-mirror', 'x-list': 'a, b' })
    expect(origin.requests).toEqual([])
  })

  test('the port of the scheme is part of the name of a registry and of its mirrors', async () => {
    const registry = 'registry.example:80'
    await put(registry, `[host."http://${registry}".header]\nX-Key = "k3y-of-the-registry"`)
    await put('a.test:443', '[host."https://b.test:443/sub"]\ncapabilities = ["pull", "resolve"]')
    expect((await places('a.test:443/x')).pull).toEqual(['b.test:443/sub/v2/x', 'a.test:443/v2/x'])
    const proxy = await startForwardProxy({ target: origin.host })
    const settings = await readRegistrySettings(env)
    const puller = anonymousClient({ settings, env: { ...env, HTTP_PROXY: `http://${proxy.host}` } })
    await puller.fetchManifest(parseReference(`${registry}/team/app:v1`))
    expect(origin.requests.map(({ url, headers }) => [url, headers['x-key']])).toEqual([
      ['/v2/team/app/manifests/v1', 'k3y-of-the-registry'],
    ])
  })

  test('headers are not sent to the registry, nor to the target of a redirect', async () => {
    const reference = parseReference(`${origin.host}/team/app:v1`)
    await put(origin.host, `[host."http://${mirror.host}".header]\nX-Key = "k3y-of-the-mirror"`)
    mirror.faults.push((request, response) => {
      const isBlob = request.url?.includes('/blobs/') === true
      response.writeHead(isBlob ? 307 : 404, {
        location: `http://${origin.host}/v2/team/app/blobs/${blobOf(bytes).digest}`,
      })
      response.end()
      return true
    })
    const puller = await client()
    await puller.fetchManifest(reference)
    await collect(puller.fetchBlob(reference, blobOf(bytes)))
    expect(mirror.requests.length).toBeGreaterThan(0)
    expect(origin.requests.map(({ headers }) => headers['x-key'])).toEqual(origin.requests.map(() => undefined))
  })

  test('headers are not sent to an address of the host that an image names', async () => {
    await put(origin.host, `[host."http://${mirror.host}".header]\nX-Key = "k3y-of-the-mirror"`)
    origin.blobs.clear()
    mirror.blobs.clear()
    mirror.faults.push((request, response) => {
      if (request.url !== '/foreign') return false
      response.end(bytes)
      return true
    })
    const foreign = {
      ...blobOf(bytes),
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      urls: [`http://${mirror.host}/foreign`],
    }
    const puller = await client()
    const found = await collect(puller.fetchBlob(parseReference(`${origin.host}/team/app:v1`), foreign))
    expect(found.equals(bytes)).toBe(true)
    const [request] = mirror.requests.filter(({ url }) => url === '/foreign')
    expect(request?.headers['x-key']).toBeUndefined()
  })

  test('a value of a header that a registry repeats is masked, also without its scheme', async () => {
    await put(origin.host, `[host."http://${origin.host}".header]\nAuthorization = "Bearer k3y-of-the-mirror"`)
    origin.faults.push((_, response) => {
      response.writeHead(403, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ errors: [{ code: 'DENIED', message: 'not for k3y-of-the-mirror' }] }))
      return true
    })
    const puller = await client()
    await expect(puller.fetchManifest(parseReference(`${origin.host}/team/app:v1`))).rejects.toThrow('not for ***')
  })

  test('a short value of a header that is not for credentials is not masked', async () => {
    await put(origin.host, `[host."http://${origin.host}".header]\nX-Tenant = "team"\nX-Api-Key = "k3y1"`)
    origin.faults.push((_, response) => {
      response.writeHead(403, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ errors: [{ code: 'DENIED', message: 'not for k3y1 of team' }] }))
      return true
    })
    const puller = await client()
    const refused = puller.fetchManifest(parseReference(`${origin.host}/team/app:v1`))
    await expect(refused).rejects.toThrow('not for *** of team')
  })

  test('a push is sent to the host with that capability', async () => {
    await put(origin.host, `[host."http://${mirror.host}"]\ncapabilities = ["push"]`)
    const reference = parseReference(`${origin.host}/team/new:v1`)
    const pusher = await client()
    await pusher.pushBlob(reference, blobOf(bytes), { open: opener(bytes) })
    await pusher.pushManifest(reference, { mediaType: type, bytes: manifest })
    expect(mirror.manifests.has('team/new:v1')).toBe(true)
    expect(origin.requests).toEqual([])
  })
})
