import { readFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { beforeAll, describe, expect, test } from 'vitest'
import { parseReference } from '../../image-spec/index.ts'
import { createDownloader } from '../../registry/index.ts'
import { type ForwardProxyOptions, startForwardProxy } from '../support/forward-proxy.ts'
import { removeAfterTest } from '../support/removed-afterwards.ts'
import { type RunningRegistry, startRegistry } from '../support/start-registry.ts'
import { anonymousClient } from './blob-samples.ts'
import { type Certificates, makeCertificates } from './certificates.ts'

let certificates: Certificates
let secure: RunningRegistry
let plain: RunningRegistry

beforeAll(async () => {
  certificates = makeCertificates(['IP:127.0.0.1', 'DNS:registry.test'])
  const { certificate, key } = certificates
  secure = await startRegistry({ tls: { certificate, key } })
  plain = await startRegistry()
})
describe.each(['https', 'http'] as const)('a proxy for %s', (scheme) => {
  const get = (proxy: string, options?: { readonly responseMs?: number }) => getThrough(scheme, proxy, options)
  const start = (options: Omit<ForwardProxyOptions, 'target'> = {}) =>
    startForwardProxy({ target: (scheme === 'https' ? secure : plain).host, ...options })
  const line = scheme === 'https' ? 'CONNECT registry.test:443' : 'GET http://registry.test/v2/'

  test('passes requests on', async () => {
    const { host, requests } = await start()
    await get(`http://${host}`)
    expect(requests).toEqual([line])
  })

  test.each([
    ['user:pass', 'user:pass'],
    ['user:p%40s%3As%25', 'user:p@s:s%'],
    ['user:100%', 'user:100%'],
    ['user', 'user:'],
  ])('receives the login %s', async (text, login) => {
    const { host, requests } = await start({ login })
    await get(`http://${text}@${host}`)
    expect(requests).toEqual([`${line} ${login}`])
  })

  test('is verified with the configured certificates if it uses TLS', async () => {
    const tls = { cert: readFileSync(certificates.certificate, 'utf8'), key: readFileSync(certificates.key, 'utf8') }
    const { host, requests } = await start({ tls, login: 'user:pass' })
    await get(`https://user:pass@${host}`)
    expect(requests).toEqual([`${line} user:pass`])
    const untrusted = getThrough(scheme, `https://user:secret@${host}`, { ca: '/dev/null' })
    await expect(untrusted).rejects.toMatchObject({
      code: 'REGISTRY_BAD_CERTIFICATE',
      message: expect.stringMatching(`^Cannot trust proxy "${host}": `),
    })
  })

  test.each([
    [407, '', 'Add user name and password to HTTPS?_PROXY'],
    [407, 'user:secret@', 'Check user name and password in HTTPS?_PROXY'],
  ])('that answers %d to "%s" is not asked again', async (refusal, login, hint) => {
    const { host, requests } = await start({ refusal })
    await expect(get(`http://${login}${host}`)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: `Cannot reach server "registry.test" through proxy "${host}": it returned ${refusal}`,
      hint: expect.stringMatching(hint),
    })
    expect(requests).toHaveLength(1)
  })

  test('that closes its connections gets a few requests', async () => {
    const { host, requests } = await start({ refusal: 'close' })
    await expect(get(`http://user:secret@${host}`)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.not.stringContaining('secret'),
    })
    expect(requests).toHaveLength(3)
  })

  test('that does not respond is given up', async () => {
    const { host } = await start({ refusal: 'silence' })
    await expect(get(`http://${host}`, { responseMs: 200 })).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining('no response in time'),
    })
  })

  test('that is unreachable is named in the error', async () => {
    await expect(get('http://user:secret@127.0.0.1:1')).rejects.toMatchObject({
      message: 'Cannot reach server "registry.test" through proxy "127.0.0.1:1": connection refused (ECONNREFUSED)',
      hint: expect.stringMatching('^Check the address of the proxy in HTTPS?_PROXY'),
    })
  })

  test.each([
    ['user:pass@', 0],
    ['', 0],
    ['user:pass@', 2],
  ])('can speak SOCKS: login %j, reply %d', async (login, reply) => {
    const proxy = await startSocksProxy((scheme === 'https' ? secure : plain).host, reply)
    const getting = get(`socks5://${login}${proxy.host}`)
    if (reply === 0) await getting
    else {
      await expect(getting).rejects.toMatchObject({
        message: expect.stringContaining(`through proxy "${proxy.host}": it does not allow the connection`),
      })
    }
    expect(proxy.targets).toEqual([`${login}registry.test:${scheme === 'https' ? 443 : 80}`])
  })
})

test.each([
  ['user name', `${'u'.repeat(256)}:secret`],
  ['password', `user:${'p'.repeat(256)}`],
])('a %s that SOCKS cannot carry is refused, not cut', async (_, login) => {
  const proxy = await startSocksProxy(secure.host, 0)
  await expect(getThrough('https', `socks5://${login}@${proxy.host}`)).rejects.toMatchObject({
    message: expect.stringMatching(
      `"${proxy.host}": it cannot receive a user name or password of more than 255 bytes$`,
    ),
    hint: 'Check user name and password in HTTPS_PROXY',
  })
  expect(proxy.targets).toEqual([])
})

test('a peer that accepts connections without a TLS handshake is given up after one attempt', async () => {
  let connections = 0
  const deaf = createServer((socket) => {
    connections += 1
    removeAfterTest(async () => void socket.destroy())
  })
  await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
  removeAfterTest(async () => void deaf.close())
  const proxy = `https://127.0.0.1:${(deaf.address() as AddressInfo).port}`
  const client = anonymousClient({ env: { HTTPS_PROXY: proxy }, retryDelayMs: 1 })
  await expect(client.fetchManifest(parseReference('registry.test/app:1'))).rejects.toThrow('connection timed out')
  expect(connections).toBe(1)
})

test('a proxy that refuses a tunnel is reported with its status', async () => {
  const { host } = await startForwardProxy({ target: secure.host, refusal: 403 })
  await expect(getThrough('https', `http://${host}`)).rejects.toMatchObject({
    message: `Cannot reach server "registry.test" through proxy "${host}": it returned 403`,
    hint: expect.stringContaining('list the host in NO_PROXY'),
  })
})

async function getThrough(
  scheme: 'https' | 'http',
  proxy: string,
  { ca = certificates.ca, responseMs = 60_000 } = {},
): Promise<void> {
  const downloader = createDownloader({
    env: { HTTPS_PROXY: proxy, HTTP_PROXY: proxy, SSL_CERT_FILE: ca },
    retryDelayMs: 1,
    timeouts: { responseMs, uploadMs: 300_000, idleMs: 30_000 },
  })
  removeAfterTest(() => downloader.close())
  const { body } = await downloader.download({ url: `${scheme}://registry.test/v2/` })
  for await (const _ of body);
}

/** Accepts everybody. `curl --proxy socks5h://…` works with it, too. */
async function startSocksProxy(target: string, reply: number) {
  const targets: string[] = []
  const [host, port] = target.split(':')
  const server = createServer((socket) => {
    let login = ''
    let state: 'greeting' | 'login' | 'request' = 'greeting'
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      if (state === 'greeting') {
        const method = bytes.subarray(2).includes(2) ? 2 : 0
        state = method === 2 ? 'login' : 'request'
        socket.write(Buffer.from([5, method]))
      } else if (state === 'login') {
        const [user, password] = [field(bytes, 1), field(bytes, 2 + (bytes[1] ?? 0))]
        login = `${user}:${password}@`
        state = 'request'
        socket.write(Buffer.from([1, 0]))
      } else {
        socket.removeAllListeners('data')
        targets.push(`${login}${field(bytes, 4)}:${bytes.readUInt16BE(bytes.length - 2)}`)
        socket.write(Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        if (reply !== 0) return socket.end()
        const upstream = connect(Number(port), host)
        upstream.on('error', () => socket.destroy())
        upstream.pipe(socket).pipe(upstream)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  removeAfterTest(async () => void server.close())
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, targets } // always the case for a TCP server
}

function field(bytes: Buffer, at: number): string {
  return bytes.toString('utf8', at + 1, at + 1 + (bytes[at] ?? 0))
}
