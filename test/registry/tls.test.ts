import { execFileSync } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer as createProxy, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createDownloader, type RegistryClient, type RegistryOptions } from '../../registry/index.ts'
import { createWire, type WireSettings } from '../../registry/transport/wire.ts'
import { removeAfterTest } from '../support/removed-afterwards.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { anonymousClient } from './blob-samples.ts'
import { type Certificates, makeCertificates } from './certificates.ts'

let certificates: Certificates
let registry: RunningRegistry
const clients: RegistryClient[] = []

beforeAll(async () => {
  certificates = makeCertificates()
  registry = await startRegistry({ tls: { certificate: certificates.certificate, key: certificates.key } })
})

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
})

test('a loopback registry with TLS is accessed over TLS, whichever CA signed it', async () => {
  await client({}).ping(registry.host)
})

test('a download from loopback requires a trusted certificate', async () => {
  const request = { url: `https://${registry.host}/v2/` }
  const wary = createDownloader({ env: {}, retries: 0 })
  const trusting = createDownloader({ env: { SSL_CERT_FILE: certificates.ca }, retries: 0 })
  try {
    await expect(wary.download(request)).rejects.toMatchObject({ code: 'REGISTRY_BAD_CERTIFICATE' })
    for await (const _ of (await trusting.download(request)).body);
  } finally {
    await Promise.all([wary.close(), trusting.close()])
  }
})

/** Loopback registries are never verified; verification for other hosts is tested at the wire. */
describe('trust in hosts other than loopback', () => {
  test('an unknown CA is REGISTRY_BAD_CERTIFICATE with the path for its certificate', async () => {
    await expect(get({})).rejects.toMatchObject({
      code: 'REGISTRY_BAD_CERTIFICATE',
      message: expect.stringContaining(`Cannot trust registry "${registry.host}"`),
      hint: expect.stringContaining(`/etc/docker/certs.d/${registry.host}/ca.crt`),
    })
  })

  for (const name of ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'TSBUILD_EXTRA_CA_CERTS']) {
    test(`the bundle of ${name} is trusted`, async () => {
      expect(await get({ env: { [name]: certificates.ca } })).toBe(200)
    })
  }

  test('the directories of SSL_CERT_DIR are trusted in addition, whatever else they contain', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tsbuild-certificates-'))
    removeAfterTest(() => rm(folder, { recursive: true }))
    await mkdir(join(folder, 'directory'))
    await writeFile(join(folder, 'README'), 'text')
    await symlink('/no/such.pem', join(folder, 'dangling'))
    const env = { SSL_CERT_DIR: `/etc/ssl/certs:${folder}` }
    await expect(get({ env })).rejects.toMatchObject({ code: 'REGISTRY_BAD_CERTIFICATE' })
    await copyFile(certificates.ca, join(folder, 'ca.pem'))
    expect(await get({ env })).toBe(200)
  })

  test('a bundle without certificates is an error that names it', async () => {
    await expect(get({ env: { SSL_CERT_FILE: '/etc/passwd' } })).rejects.toMatchObject({
      message: 'Cannot read certificates "/etc/passwd": it contains no certificate (expected a PEM file)',
    })
  })

  test('for a certificate of the future, the hint names the clock of this machine first', async () => {
    const { certificate, key } = await futureCertificate()
    const early = await startRegistry({ tls: { certificate, key } })
    await expect(get({ env: { SSL_CERT_FILE: certificate } }, early.host)).rejects.toMatchObject({
      code: 'REGISTRY_BAD_CERTIFICATE',
      hint: expect.stringMatching(/^Set the clock of this machine, which shows 20\d\d-\d\d-\d\d, or/),
    })
  })

  test('a missing bundle is an error that names it', async () => {
    await expect(get({ env: { SSL_CERT_FILE: '/no/such.pem' } })).rejects.toMatchObject({
      code: 'REGISTRY_BAD_CERTIFICATE',
      message: expect.stringContaining('Cannot read certificates "/no/such.pem"'),
    })
  })

  test('ca.crt, client.cert and client.key of certs.d are used', async () => {
    const { certificate, key, ca } = certificates
    const strict = await startRegistry({ tls: { certificate, key, clientCa: ca } })
    const folder = await mkdtemp(join(tmpdir(), 'tsbuild-certs.d-'))
    try {
      const own = join(folder, strict.host)
      await mkdir(own)
      await copyFile(ca, join(own, 'ca.crt'))
      await expect(get({ certificateFolders: [folder] }, strict.host)).rejects.toMatchObject({
        code: 'REGISTRY_BAD_CERTIFICATE',
        message: expect.stringContaining('it requires a client certificate'),
      })
      await copyFile(certificates.clientCertificate, join(own, 'client.cert'))
      await copyFile(certificates.clientKey, join(own, 'client.key'))
      expect(await get({ certificateFolders: [folder] }, strict.host)).toBe(200)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test.each([
    ['without its key', (own: string) => rm(join(own, 'client.key')), /"client.key" does not exist/],
    ['of another key', (own: string) => copyFile(certificates.key, join(own, 'client.key')), /is the key of another/],
    ['that is not PEM', (own: string) => writeFile(join(own, 'client.cert'), 'text'), /is not a PEM file/],
    [
      'with a passphrase',
      (own: string) => encrypt(join(own, 'client.key')),
      /client.key" is protected by a passphrase/,
    ],
    [
      'with a passphrase whose key OpenSSL takes for damaged',
      (own: string) => writeFile(join(own, 'client.key'), ENCRYPTED_KEY),
      /client.key" is protected by a passphrase/,
    ],
  ])('a client certificate %s is reported with its file', async (_, change, found) => {
    const folder = await mkdtemp(join(tmpdir(), 'tsbuild-certs.d-'))
    removeAfterTest(() => rm(folder, { recursive: true }))
    const own = join(folder, registry.host)
    await mkdir(own)
    await copyFile(certificates.clientCertificate, join(own, 'client.cert'))
    await copyFile(certificates.clientKey, join(own, 'client.key'))
    await change(own)
    await expect(get({ certificateFolders: [folder] })).rejects.toMatchObject({
      code: 'REGISTRY_BAD_CERTIFICATE',
      message: expect.stringMatching(found),
      hint: expect.any(String),
    })
  })

  test('next to a hosts.toml, a key needs no certificate of the same name', async () => {
    const folder = await certificatesFor(registry.host)
    await copyFile(certificates.clientKey, join(folder, registry.host, 'other.key'))
    const options = { certificateFolders: [folder] }
    await expect(get(options)).rejects.toMatchObject({ code: 'REGISTRY_BAD_CERTIFICATE' })
    await writeFile(join(folder, registry.host, 'hosts.toml'), '')
    expect(await get(options)).toBe(200)
  })

  test('the CAs of a registry verify its token server and storage, too; its client certificate stays with it', async () => {
    const { certificate, key, ca } = certificates
    const folder = await certificatesFor('registry.example:5000')
    const named = { host: 'registry.example:5000', origin: 'https://registry.example:5000' }
    await expect(get({ certificateFolders: [folder] })).rejects.toMatchObject({ code: 'REGISTRY_BAD_CERTIFICATE' })
    expect(await get({ certificateFolders: [folder] }, registry.host, named)).toBe(200)
    await copyFile(certificates.clientCertificate, join(folder, named.host, 'client.cert'))
    await copyFile(certificates.clientKey, join(folder, named.host, 'client.key'))
    const strict = await startRegistry({ tls: { certificate, key, clientCa: ca } })
    await expect(get({ certificateFolders: [folder] }, strict.host, named)).rejects.toMatchObject({
      message: expect.stringContaining('it requires a client certificate'),
    })
  })

  test('a configured CA and a client certificate of certs.d are both used', async () => {
    const { certificate, key, ca } = certificates
    const strict = await startRegistry({ tls: { certificate, key, clientCa: ca } })
    const folder = await certificatesFor(strict.host)
    await rm(join(folder, strict.host, 'ca.crt'))
    await copyFile(certificates.clientCertificate, join(folder, strict.host, 'client.cert'))
    await copyFile(certificates.clientKey, join(folder, strict.host, 'client.key'))
    const configured = { certificates: [{ host: strict.host, ca: [ca] }] }
    expect(await get({ certificateFolders: [folder], ...configured }, strict.host)).toBe(200)
  })

  test('a file in place of a directory of certificates is reported', async () => {
    const folder = await certificatesFor('other.example')
    await writeFile(join(folder, registry.host), '')
    await expect(get({ certificateFolders: [folder] })).rejects.toMatchObject({
      code: 'REGISTRY_BAD_CERTIFICATE',
      message: expect.stringContaining(`Cannot read certificates "${join(folder, registry.host)}"`),
    })
  })

  test('the port of https can be part of the name in certs.d', async () => {
    const own = makeCertificates(['DNS:registry.example'])
    const target = await startRegistry({ tls: { certificate: own.certificate, key: own.key } })
    const proxy = await startProxy([], target.host)
    removeAfterTest(() => new Promise<void>((resolve) => proxy.close(() => resolve())))
    const { port } = proxy.address() as AddressInfo // always the case for a TCP server
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}` }
    const folder = await certificatesFor('registry.example:443', own)
    expect(await get({ env, certificateFolders: [folder] }, 'registry.example:443')).toBe(200)
    await expect(get({ env }, 'registry.example:443')).rejects.toMatchObject({ code: 'REGISTRY_BAD_CERTIFICATE' })
  })

  test('an insecure host is not verified', async () => {
    expect(await get({ isInsecure: () => true })).toBe(200)
  })
})

test('a proxy is used unless excepted, and cannot see requests inside TLS', async () => {
  const seen: string[] = []
  const proxy = await startProxy(seen, registry.host)
  try {
    const { port } = proxy.address() as AddressInfo // always the case for a TCP server
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}`, SSL_CERT_FILE: certificates.ca }
    expect(await get({ env }, 'localhost.proxied.example:444').catch((failure) => failure.code)).toBe(
      'REGISTRY_BAD_CERTIFICATE',
    )
    expect(seen).toEqual(['localhost.proxied.example:444'])
    expect(
      await get({ env: { ...env, NO_PROXY: 'proxied.example' } }, 'localhost.proxied.example:444').catch(
        (failure) => failure.code,
      ),
    ).toBe('REGISTRY_UNAVAILABLE')
    expect(seen).toHaveLength(1)
  } finally {
    await new Promise((resolve) => proxy.close(resolve))
  }
})

/** A certs.d directory with ca.crt for one host. */
async function certificatesFor(host: string, { ca } = certificates): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tsbuild-certs.d-'))
  removeAfterTest(() => rm(folder, { recursive: true }))
  await mkdir(join(folder, host))
  await copyFile(ca, join(folder, host, 'ca.crt'))
  return folder
}

async function get(
  settings: Partial<WireSettings>,
  host = registry.host,
  named = { host, origin: `https://${host}` },
): Promise<number> {
  const wire = createWire({ env: {}, certificateFolders: [], isInsecure: () => false, userAgent: 'test', ...settings })
  try {
    const response = await wire.send({ method: 'GET', url: new URL('/v2/', `https://${host}`), registry: named })
    await response.discard()
    return response.status
  } finally {
    await wire.close()
  }
}

function client(options: Partial<RegistryOptions>): RegistryClient {
  const made = anonymousClient(options)
  clients.push(made)
  return made
}

/** A certificate for 127.0.0.1 that is valid from 2090 on. */
async function futureCertificate(): Promise<{ readonly certificate: string; readonly key: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'tsbuild-future-'))
  removeAfterTest(() => rm(folder, { recursive: true }))
  const openssl = (...words: string[]) => execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' })
  const settings = ['database = index', 'new_certs_dir = .', 'rand_serial = yes', 'policy = any', 'default_md = sha256']
  const config = ['[ca]', 'default_ca = own', '[own]', ...settings, 'copy_extensions = copy', '[any]', 'CN = supplied']
  await writeFile(join(folder, 'config'), config.join('\n'))
  await writeFile(join(folder, 'index'), '')
  const names = ['-subj', '/CN=x', '-addext', 'subjectAltName=IP:127.0.0.1']
  openssl('req', '-newkey', 'rsa:2048', '-nodes', ...names, '-keyout', 'key', '-out', 'request')
  const validity = ['-startdate', '20900101000000Z', '-enddate', '20910101000000Z']
  openssl('ca', '-batch', '-notext', '-config', 'config', '-selfsign', '-keyfile', 'key', ...validity, ...FROM_TO)
  return { certificate: join(folder, 'certificate'), key: join(folder, 'key') }
}

const FROM_TO = ['-in', 'request', '-out', 'certificate']

/** Decrypted without a passphrase, it has a valid padding, as 1 of 256 keys. */
const ENCRYPTED_KEY = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgJ++nQC0PDDwICCAAw
DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEObNTDPoCTBz477VtXqMvPMEgZCb
74sYW0aDBZYHysU6rLsShU4LJ561p7YYfMEnCo0K+C+jQ3sLFoNI92xWGdCk7XZJ
3xGppuhIRVe8n+Hklg/OeqmGvfooY8WduHgBQ3bydmGLM4vvg36jRjmWrvdGf+zk
Xfkm/gJF9X/HtR/W3BlO3fxJTNMVivfGetPZXCA0i+JAipqGyBC87QRKJ/E+zvo=
-----END ENCRYPTED PRIVATE KEY-----
`

async function encrypt(key: string): Promise<void> {
  execFileSync('openssl', ['pkcs8', '-topk8', '-passout', 'pass:abcd', '-in', key, '-out', `${key}.new`])
  await rename(`${key}.new`, key)
}

/** Tunnels everything to one address. */
async function startProxy(seen: string[], target: string): Promise<Server> {
  const proxy = createProxy()
  proxy.on('connect', (request, socket) => {
    seen.push(request.url ?? '')
    const [host, port] = target.split(':')
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    socket.on('error', () => upstream.destroy())
    upstream.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  return proxy
}
