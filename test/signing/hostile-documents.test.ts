import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseDigest, parseReference } from '../../image-spec/index.ts'
import type { RegistryClient } from '../../registry/index.ts'
import { formatBundle, openBundle, signStatement } from '../../signing/formats/bundle.ts'
import { parsePayload, SIMPLE_SIGNING_TYPE } from '../../signing/formats/simple-signing.ts'
import { generateKeys, readPrivateKey, readPublicKey } from '../../signing/index.ts'
import { formatPem } from '../../signing/keys/pem.ts'
import { readTag } from '../../signing/read-signed.ts'
import { fixtures, recorded } from './push-recorded.ts'

const digest = parseDigest(`sha256:${'ab'.repeat(32)}`)
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const good = formatBundle(signStatement({ digest, annotations: { a: 'b' } }), privateKey)

function changed(change: (bundle: Record<string, Record<string, unknown>>) => void): Buffer {
  const bundle = JSON.parse(good.toString())
  change(bundle)
  return Buffer.from(JSON.stringify(bundle))
}

/** Correctly signed, but about something else. */
function signedStatement(statement: unknown): Buffer {
  const payload = Buffer.from(JSON.stringify(statement))
  const type = 'application/vnd.in-toto+json'
  const encoded = Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload])
  return changed(({ dsseEnvelope }) => {
    if (dsseEnvelope === undefined) return
    dsseEnvelope['payload'] = payload.toString('base64')
    dsseEnvelope['signatures'] = [{ sig: sign('sha256', encoded, privateKey).toString('base64') }]
  })
}

describe('bundles', () => {
  test('bundles of tsbuild and of cosign contain the signed statement', () => {
    expect(openBundle(good, publicKey)).toEqual([{ digest, annotations: { a: 'b' } }])
    const key = readPublicKey(readFileSync(join(fixtures, 'cosign.pub'), 'utf8'), 'cosign.pub')
    const bytes = Buffer.from(recorded.bundle.blobs[1] ?? '', 'base64')
    expect(openBundle(bytes, key)).toEqual([{ digest: recorded.bundledImage.digest, annotations: { x: 'y' } }])
  })

  const hostile: readonly (readonly [what: string, bytes: Buffer, why: string])[] = [
    ['bytes that are no JSON', Buffer.from('{'), 'without a signed envelope'],
    ['no envelope', Buffer.from('{}'), 'without a signed envelope'],
    [
      'another type of payload',
      changed((one) => Object.assign(one['dsseEnvelope'] ?? {}, { payloadType: 'x' })),
      'without a signed envelope',
    ],
    ['no signature', changed((one) => Object.assign(one['dsseEnvelope'] ?? {}, { signatures: [] })), 'another key'],
    [
      'a signature that is none',
      changed((one) => Object.assign(one['dsseEnvelope'] ?? {}, { signatures: [{ sig: 'AAAA' }, 5, null] })),
      'another key',
    ],
    [
      'a changed payload',
      changed((one) => Object.assign(one['dsseEnvelope'] ?? {}, { payload: 'e30=' })),
      'another key',
    ],
    [
      'another predicate',
      signedStatement({
        _type: 'https://in-toto.io/Statement/v1',
        predicateType: 'https://slsa.dev/provenance/v1',
        subject: [],
      }),
      'does not sign an image',
    ],
    ['a statement that is a list', signedStatement([]), 'does not sign an image'],
  ]
  test.each(hostile)('%s', (_, bytes, why) => {
    expect(openBundle(bytes, publicKey)).toEqual(expect.stringContaining(why))
  })
})

test.each([
  '',
  '[]',
  'null',
  '{"critical":1}',
  '{"critical":{"type":"cosign container image signature","image":{"docker-manifest-digest":"sha256:x"}}}',
])('a payload that names no image states nothing: %s', (text) => {
  expect(parsePayload(Buffer.from(text))).toBeUndefined()
})

describe('key files', () => {
  test("cosign's key is decrypted and matches its public key", async () => {
    const key = await readPrivateKey(readFileSync(join(fixtures, 'cosign.key'), 'utf8'), 'pass1', 'cosign.key')
    const text = createPublicKey(key).export({ format: 'pem', type: 'spki' })
    expect(text).toBe(readFileSync(join(fixtures, 'cosign.pub'), 'utf8'))
  })

  const document = {
    kdf: { name: 'scrypt', params: { N: 65536, r: 8, p: 1 }, salt: 'AAAA' },
    cipher: { name: 'nacl/secretbox', nonce: Buffer.alloc(24).toString('base64') },
    ciphertext: 'AAAA',
  }
  const params = (more: object) => ({
    ...document,
    kdf: { ...document.kdf, params: { ...document.kdf.params, ...more } },
  })
  test.each([
    ['terabytes of memory', params({ N: 2 ** 40 })],
    ['years of time', params({ p: 2 ** 30 })],
    ['a number that is not a power of two', params({ N: 65537 })],
    ['no parameters', { ...document, kdf: { name: 'scrypt', salt: '' } }],
    ['another cipher', { ...document, cipher: { name: 'none', nonce: '' } }],
    ['a short nonce', { ...document, cipher: { ...document.cipher, nonce: 'AAAA' } }],
    ['null', null],
  ])('a key file that asks for %s is refused', async (_, content) => {
    const text = formatPem('ENCRYPTED SIGSTORE PRIVATE KEY', Buffer.from(JSON.stringify(content)))
    await expect(readPrivateKey(text, 'x', 'k')).rejects.toMatchObject({ code: 'SIGNING_BAD_KEY' })
  })

  test('an empty password is accepted', async () => {
    const keys = await generateKeys('')
    await readPrivateKey(keys.privateKey, '', 'k')
    await expect(readPrivateKey(keys.privateKey, ' ', 'k')).rejects.toMatchObject({ code: 'SIGNING_WRONG_PASSWORD' })
  })

  test('keys of other types are refused', () => {
    for (const pair of [generateKeyPairSync('ed25519'), generateKeyPairSync('ec', { namedCurve: 'secp384r1' })]) {
      const text = pair.publicKey.export({ format: 'pem', type: 'spki' }).toString()
      expect(() => readPublicKey(text, 'k')).toThrow(/expected an ECDSA key on P-256/)
    }
  })
})

test('signatures are read up to a total size, since all are held in memory', async () => {
  const sizeBytes = 100 << 20
  const layer = { mediaType: SIMPLE_SIGNING_TYPE, digest, size: sizeBytes }
  const manifest = { schemaVersion: 2, config: layer, layers: Array.from({ length: 50 }, () => layer) }
  const descriptor = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 1 }
  let fetched = 0
  const client = {
    fetchManifest: async () => ({ kind: 'manifest', descriptor, manifest, bytes: Buffer.alloc(0) }),
    fetchBlob: async function* () {
      fetched += 1
      yield Buffer.alloc(1)
    },
  } as unknown as RegistryClient // what reading a tag needs
  const read = await readTag({ client, reference: parseReference('h.io/app:x') }, SIMPLE_SIGNING_TYPE, undefined)
  expect({ fetched, read: read.length }).toEqual({ fetched: 2, read: 50 })
  expect(read.at(-1)).toEqual({ unread: 'payload: all of them have more than 256 MiB' })
})
