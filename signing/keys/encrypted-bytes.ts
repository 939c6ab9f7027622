import { randomBytes, scrypt } from 'node:crypto'
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'
import * as v from 'valibot'

const PARAMETERS = { N: 65536, r: 8, p: 1 } as const
/** SECURITY: the key file determines how much memory and time deriving its key takes. */
const MAX_N = 1 << 18
const KEY_BYTES = 32
const NONCE_BYTES = 24

const isPowerOfTwo = (value: number) => (value & (value - 1)) === 0
const hasNonceBytes = (text: string) => Buffer.from(text, 'base64').length === NONCE_BYTES

/** SPEC: go-securesystemslib, encrypted: the JSON document in a key file of cosign. */
const DOCUMENT = v.object({
  kdf: v.object({
    name: v.literal('scrypt'),
    params: v.object({
      N: v.pipe(v.number(), v.integer(), v.minValue(2), v.maxValue(MAX_N), v.check(isPowerOfTwo)),
      r: v.literal(PARAMETERS.r),
      p: v.literal(PARAMETERS.p),
    }),
    salt: v.string(),
  }),
  cipher: v.object({ name: v.literal('nacl/secretbox'), nonce: v.pipe(v.string(), v.check(hasNonceBytes)) }),
  ciphertext: v.string(),
})

type Document = v.InferOutput<typeof DOCUMENT>

export async function encrypt(bytes: Uint8Array, password: string): Promise<Buffer> {
  const [salt, nonce] = [randomBytes(KEY_BYTES), randomBytes(NONCE_BYTES)]
  const key = await derive(password, salt, PARAMETERS)
  const document: Document = {
    kdf: { name: 'scrypt', params: PARAMETERS, salt: salt.toString('base64') },
    cipher: { name: 'nacl/secretbox', nonce: nonce.toString('base64') },
    ciphertext: Buffer.from(xsalsa20poly1305(key, nonce).encrypt(bytes)).toString('base64'),
  }
  return Buffer.from(JSON.stringify(document))
}

/** Undefined for a wrong password, which cannot be distinguished from changed bytes. */
export async function decrypt(document: Document, password: string): Promise<Buffer | undefined> {
  const { kdf, cipher, ciphertext } = document
  const key = await derive(password, Buffer.from(kdf.salt, 'base64'), kdf.params)
  try {
    const box = xsalsa20poly1305(key, Buffer.from(cipher.nonce, 'base64'))
    return Buffer.from(box.decrypt(Buffer.from(ciphertext, 'base64')))
  } catch {
    return undefined
  }
}

/** Undefined for bytes that are not a supported encrypted document. */
export function parseEncrypted(bytes: Buffer): Document | undefined {
  const found = v.safeParse(v.pipe(v.string(), v.parseJson(), DOCUMENT), bytes.toString('utf8'))
  return found.success ? found.output : undefined
}

function derive(password: string, salt: Buffer, { N, r, p }: Document['kdf']['params']): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const limits = { N, r, p, maxmem: 256 * N * r }
    scrypt(password, salt, KEY_BYTES, limits, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}
