import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { SecureContext } from 'node:tls'
import { messageOf, readRegularFile } from '../../layer-store/index.ts'
import { RegistryError } from '../errors.ts'
import type { HostCertificateFiles } from '../settings/registry-settings.ts'

/** Loading it takes milliseconds, which a registry over plain HTTP can save. */
const loadTls = () => process.getBuiltinModule('node:tls')

const MAX_BUNDLE_BYTES = 64 << 20

/** Locations of the system's CA bundle in various distributions. */
const SYSTEM_BUNDLES = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

export interface TrustSettings {
  readonly caFile?: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** Directories with `<host>/{*.crt,*.cert,*.key}`; later ones take precedence. */
  readonly certificateFolders: readonly string[]
  readonly certificates?: readonly HostCertificateFiles[]
}

export interface Trust {
  /** The TLS context for a verified host. Bundles are read on first use and parsed once. */
  contextFor(host: string): SecureContext
  /** For a host that is not verified but may require a client certificate; undefined if none is configured. */
  clientContextFor(host: string): SecureContext | undefined
}

export function createTrust(settings: TrustSettings): Trust {
  const contexts = new Map<string, SecureContext>()
  let bundles: readonly (string | Buffer)[] | undefined
  const ownOf = (host: string) =>
    namedCertificates(settings.certificates, host) ?? hostCertificates(settings.certificateFolders, host)
  return {
    contextFor: (host) => {
      bundles ??= readBundles(settings)
      const own = ownOf(host)
      const key = own === undefined ? '' : host
      const context = contexts.get(key) ?? createContext(bundles, own, host)
      contexts.set(key, context)
      return context
    },
    clientContextFor: (host) => {
      const own = ownOf(host)
      return own?.cert === undefined ? undefined : createContext([], own, host)
    },
  }
}

/** SSL_CERT_FILE replaces the system's bundle, as in OpenSSL and Go; the others are trusted in addition. */
function readBundles(settings: TrustSettings): readonly (string | Buffer)[] {
  const { env } = settings
  const system = env['SSL_CERT_FILE'] || SYSTEM_BUNDLES.find((path) => existsSync(path))
  const extra = [env['TSBUILD_EXTRA_CA_CERTS'], env['NODE_EXTRA_CA_CERTS'], settings.caFile]
  const paths = new Set([system, ...extra].filter((path) => path !== undefined && path !== ''))
  const certificates = [...paths].map((path) => readCertificate(path ?? ''))
  return system === undefined ? [...loadTls().rootCertificates, ...certificates] : certificates
}

interface HostCertificates {
  readonly ca: readonly Buffer[]
  readonly cert?: Buffer
  readonly key?: Buffer
}

/** Certificates from a configuration file replace the host's certs.d directories. */
function namedCertificates(files: readonly HostCertificateFiles[] = [], host: string): HostCertificates | undefined {
  const named = files.findLast((one) => one.host === host && (one.ca.length > 0 || one.client !== undefined))
  if (named === undefined) return undefined
  const { ca, client } = named
  return {
    ca: ca.map(readCertificate),
    ...(client && { cert: readCertificate(client.cert), key: readCertificate(client.key) }),
  }
}

function hostCertificates(folders: readonly string[], host: string): HostCertificates | undefined {
  // SECURITY: the host of a redirect is used as a directory name.
  if (host.includes('/') || /^\.*$/.test(host)) return undefined
  const folder = folders.map((parent) => join(parent, host)).findLast((path) => existsSync(path))
  if (folder === undefined) return undefined
  const names = readdirSync(folder).sort()
  const ca = names.filter((name) => name.endsWith('.crt')).map((name) => readCertificate(join(folder, name)))
  const cert = names.find((name) => name.endsWith('.cert'))
  if (cert === undefined) return { ca }
  const key = cert.replace(/cert$/, 'key')
  return { ca, cert: readCertificate(join(folder, cert)), key: readCertificate(join(folder, key)) }
}

function createContext(
  bundles: readonly (string | Buffer)[],
  own: HostCertificates | undefined,
  host: string,
): SecureContext {
  try {
    return loadTls().createSecureContext({
      ca: [...bundles, ...(own?.ca ?? [])],
      ...(own?.cert === undefined || own.key === undefined ? {} : { cert: own.cert, key: own.key }),
    })
  } catch (cause) {
    const message = `Cannot use the certificates for registry "${host}": ${reasonOf(cause)} (expected PEM files)`
    throw new RegistryError('REGISTRY_BAD_CERTIFICATE', message, { cause })
  }
}

function readCertificate(path: string): Buffer {
  try {
    return readRegularFile(path, { maxBytes: MAX_BUNDLE_BYTES })
  } catch (cause) {
    const message = `Cannot read certificates "${path}": ${reasonOf(cause)} (expected a readable PEM file)`
    const hint = 'Check SSL_CERT_FILE, NODE_EXTRA_CA_CERTS and the certs.d directories'
    throw new RegistryError('REGISTRY_BAD_CERTIFICATE', message, { cause, hint })
  }
}

function reasonOf(cause: unknown): string {
  return messageOf(cause)
}
