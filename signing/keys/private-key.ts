import { createPrivateKey, type KeyObject } from 'node:crypto'
import { SigningError } from '../errors.ts'
import { decrypt, parseEncrypted } from './encrypted-bytes.ts'
import { isP256 } from './is-p256.ts'
import { parsePem } from './pem.ts'

export const PRIVATE_KEY_LABEL = 'ENCRYPTED SIGSTORE PRIVATE KEY'
/** The one with `COSIGN` is of cosign before version 2. */
const LABELS: readonly string[] = [PRIVATE_KEY_LABEL, 'ENCRYPTED COSIGN PRIVATE KEY']

/** The key in the text of a key file; `name` is for messages. */
export async function readPrivateKey(text: string, password: string, name: string): Promise<KeyObject> {
  const pem = parsePem(text)
  if (pem === undefined) throw bad(name, 'not a PEM file')
  if (!LABELS.includes(pem.label)) throw bad(name, `its PEM label is ${pem.label} (expected ${PRIVATE_KEY_LABEL})`)
  const document = parseEncrypted(pem.bytes)
  if (document === undefined) throw bad(name, 'its content is damaged, or encrypted with an unsupported algorithm')
  const der = await decrypt(document, password)
  if (der === undefined)
    throw new SigningError('SIGNING_WRONG_PASSWORD', `Cannot decrypt key "${name}": the password is wrong`, {
      hint: 'Set COSIGN_PASSWORD to the password of the key',
    })
  let key: KeyObject
  try {
    key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
  } catch (cause) {
    throw bad(name, 'it does not contain a PKCS #8 key', cause)
  }
  if (!isP256(key)) throw bad(name, `its key is of type ${key.asymmetricKeyType} (expected an ECDSA key on P-256)`)
  return key
}

function bad(name: string, why: string, cause?: unknown): SigningError {
  const hint = 'Create a key pair with tsbuild key generate'
  return new SigningError('SIGNING_BAD_KEY', `Cannot use key "${name}": ${why}`, { hint, cause })
}
