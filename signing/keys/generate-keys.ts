import { generateKeyPairSync } from 'node:crypto'
import { encrypt } from './encrypted-bytes.ts'
import { formatPem } from './pem.ts'
import { PRIVATE_KEY_LABEL } from './private-key.ts'

/** Both as texts of PEM files. */
export interface GeneratedKeys {
  readonly privateKey: string
  readonly publicKey: string
}

/** A new ECDSA key on P-256. SPEC: cosign generate-key-pair */
export async function generateKeys(password: string): Promise<GeneratedKeys> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const bytes = privateKey.export({ format: 'der', type: 'pkcs8' })
  return {
    privateKey: formatPem(PRIVATE_KEY_LABEL, await encrypt(bytes, password)),
    publicKey: publicKey.export({ format: 'pem', type: 'spki' }).toString(),
  }
}
