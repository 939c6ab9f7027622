import { randomBytes, scrypt } from 'node:crypto'
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'

/** SPEC: go-securesystemslib, encrypted: the JSON document in a key file of cosign. */
interface Document {
  readonly kdf: { readonly name: 'scrypt'; readonly params: ScryptParameters; readonly salt: string }
  readonly cipher: { readonly name: 'nacl/secretbox'; readonly nonce: string }
  readonly ciphertext: string
}

interface ScryptParameters {
  readonly N: number
  readonly r: number
  readonly p: number
}

const PARAMETERS: ScryptParameters = { N: 65536, r: 8, p: 1 }
/** SECURITY: a key file states how much memory and time its password takes. */
const MAX_N = 1 << 18
const KEY_BYTES = 32
const NONCE_BYTES = 24

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

/** Undefined for a wrong password, which nothing tells from changed bytes. */
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

/** Undefined where it is not a document that this program can decrypt. */
export function parseEncrypted(bytes: Buffer): Document | undefined {
  let document: Partial<Document> | null
  try {
    document = JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
  const { kdf, cipher, ciphertext } = document ?? {}
  const isKnown = kdf?.name === 'scrypt' && cipher?.name === 'nacl/secretbox' && typeof ciphertext === 'string'
  if (!isKnown || typeof kdf.salt !== 'string' || typeof cipher.nonce !== 'string') return undefined
  const { N, r, p } = kdf.params ?? {}
  const isPower = Number.isInteger(N) && N >= 2 && N <= MAX_N && (N & (N - 1)) === 0
  if (!isPower || r !== PARAMETERS.r || p !== PARAMETERS.p) return undefined
  if (Buffer.from(cipher.nonce, 'base64').length !== NONCE_BYTES) return undefined
  return { kdf, cipher, ciphertext }
}

function derive(password: string, salt: Buffer, { N, r, p }: ScryptParameters): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const limits = { N, r, p, maxmem: 256 * N * r }
    scrypt(password, salt, KEY_BYTES, limits, (error, key) => (error === null ? resolve(key) : reject(error)))
  })
}
