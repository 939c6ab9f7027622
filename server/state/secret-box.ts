import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { describeFileError } from '../../layer-store/index.ts'
import { ServerError } from '../errors.ts'
import { readOrCreate } from '../read-or-create.ts'
import type { Database } from './database.ts'

/**
 * Encrypts secrets at rest. `name` (`project/secret`) is bound to the ciphertext: it cannot be decrypted in another row.
 */
export interface SecretBox {
  seal(name: string, secret: string): Buffer
  open(name: string, sealed: Uint8Array): string
}

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

export function createSecretBox(key: Uint8Array): SecretBox {
  return {
    seal: (name, secret) => {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name))
      const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), body])
    },
    open: (name, sealed) => {
      const bytes = Buffer.from(sealed)
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES)).setAAD(Buffer.from(name))
      decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString(
          'utf8',
        )
      } catch (cause) {
        throw new ServerError('SERVER_KEY', `Cannot decrypt secret "${name}": it was encrypted with another key`, {
          hint: 'Set "keyFile" to the key that encrypted the secrets',
          cause,
        })
      }
    },
  }
}

/** Creates the key at the first start. The text has 64 hex digits, so that it can be copied and mounted anywhere. */
export async function readKey(path: string, options: { readonly create: boolean }): Promise<Uint8Array> {
  const newKey = (): string => `${randomBytes(KEY_BYTES).toString('hex')}\n`
  const text = await (options.create ? readOrCreate(path, newKey) : readFile(path, 'utf8')).catch((error: Error) => {
    throw badKey(path, describeFileError(error))
  })
  if (!/^[0-9a-f]{64}\s*$/i.test(text)) throw badKey(path, 'not 64 hex digits')
  return Buffer.from(text.trim(), 'hex')
}

/** Refuses a key that does not belong to this database, before anything is encrypted with it. */
export async function checkKey(database: Database, box: SecretBox): Promise<void> {
  const fresh = box.seal('key-check', 'tsbuild')
  await database.query('insert into key_check (value) values ($1) on conflict do nothing', [fresh])
  const { rows } = await database.query<{ value: Buffer }>('select value from key_check')
  box.open('key-check', rows[0]?.value ?? fresh)
}

function badKey(path: string, reason: string): ServerError {
  return new ServerError('SERVER_KEY', `Cannot read key file "${path}": ${reason}`, {
    hint: 'Copy the key file of the server (64 hex digits) and make it readable for this user',
  })
}
