import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { SigningError } from '../errors.ts'
import { isP256 } from './is-p256.ts'
import { parsePem } from './pem.ts'

/** The key in the text of a PEM file; `name` is for messages. */
export function readPublicKey(text: string, name: string): KeyObject {
  const pem = parsePem(text)
  if (pem === undefined) throw bad(name, 'not a PEM file')
  if (pem.label !== 'PUBLIC KEY') throw bad(name, `its PEM label is ${pem.label} (expected PUBLIC KEY)`)
  let key: KeyObject
  try {
    key = createPublicKey({ key: pem.bytes, format: 'der', type: 'spki' })
  } catch (cause) {
    throw bad(name, 'its content is not a public key', cause)
  }
  if (!isP256(key)) throw bad(name, `its key is of type ${key.asymmetricKeyType} (expected an ECDSA key on P-256)`)
  return key
}

/** The key hint in sigstore bundles. */
export function keyHint(key: KeyObject): string {
  const bytes = key.export({ format: 'der', type: 'spki' })
  return createHash('sha256').update(bytes).digest('base64')
}

function bad(name: string, why: string, cause?: unknown): SigningError {
  const hint = 'Use the .pub file of the key pair that signed the image'
  return new SigningError('SIGNING_BAD_KEY', `Cannot use key "${name}": ${why}`, { hint, cause })
}
