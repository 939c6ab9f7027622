import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { hasCode, messageOf } from '../../errors/index.ts'
import { readRegularFile } from '../../layer-store/index.ts'
import { RegistryError } from '../errors.ts'

const MAX_BUNDLE_BYTES = 64 << 20

/** Locations of the system's CA bundle in various distributions. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

export interface BundleSettings {
  readonly caFile?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * SSL_CERT_FILE replaces the system's bundle, as in OpenSSL and Go; the others are trusted in addition. Undefined if
 * there is no bundle to replace: then those of node apply.
 */
export function readBundles({ env, caFile }: BundleSettings): { readonly hasSystem: boolean; readonly ca: Buffer[] } {
  const system = env['SSL_CERT_FILE'] || SYSTEM_BUNDLES.find((path) => existsSync(path))
  const extra = [env['TSBUILD_EXTRA_CA_CERTS'], env['NODE_EXTRA_CA_CERTS'], caFile]
  const paths = new Set([system, ...extra].filter((path) => path !== undefined && path !== ''))
  const directories = (env['SSL_CERT_DIR'] ?? '').split(':').filter((path) => path !== '')
  const ca = [...[...paths].map((path) => readCertificates(path ?? '')), ...directories.flatMap(readDirectory)]
  return { hasSystem: system !== undefined, ca }
}

/** As in Go, files that cannot be read are skipped. Each certificate has a second name, created by `openssl rehash`. */
function readDirectory(directory: string): readonly Buffer[] {
  const files = new Set<string>()
  try {
    for (const name of readdirSync(directory)) {
      const path = join(directory, name)
      if (existsSync(path)) files.add(realpathSync(path))
    }
  } catch (cause) {
    throw unreadable(directory, cause)
  }
  return [...files].flatMap((path) => {
    try {
      return [readRegularFile(path, { maxBytes: MAX_BUNDLE_BYTES })]
    } catch {
      return []
    }
  })
}

/** CA certificates; an empty file trusts none. */
export function readCertificates(path: string): Buffer {
  const bytes = readPem(path)
  if (bytes.length === 0 || bytes.includes('-----BEGIN')) return bytes
  throw badFile(path, 'it contains no certificate (expected a PEM file)')
}

export function readPem(path: string): Buffer {
  try {
    return readRegularFile(path, { maxBytes: MAX_BUNDLE_BYTES })
  } catch (cause) {
    throw unreadable(path, cause)
  }
}

function unreadable(path: string, cause: unknown): RegistryError {
  const found = hasCode(cause, 'ENOENT') ? 'it does not exist' : messageOf(cause)
  return badFile(path, `${found} (expected a readable PEM file)`, cause)
}

function badFile(path: string, found: string, cause?: unknown): RegistryError {
  return new RegistryError('REGISTRY_BAD_CERTIFICATE', `Cannot read certificates "${path}": ${found}`, {
    cause,
    hint: 'Check SSL_CERT_FILE, SSL_CERT_DIR, NODE_EXTRA_CA_CERTS and the certs.d directories',
  })
}
