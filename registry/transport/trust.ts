import type { SecureContext, SecureContextOptions } from 'node:tls'
import { messageOf } from '../../errors/index.ts'
import { RegistryError } from '../errors.ts'
import type { HostCertificateFiles } from '../settings/registry-settings.ts'
import { type BundleSettings, readBundles, readCertificates, readPem } from './certificate-files.ts'
import { filesFor } from './host-certificates.ts'

/** Loading it takes milliseconds, which a registry over plain HTTP can save. */
const loadTls = () => process.getBuiltinModule('node:tls')

export interface TrustSettings extends BundleSettings {
  /** Directories with `<host>/{*.crt,*.cert,*.key}`; later ones take precedence. */
  readonly certificateFolders: readonly string[]
  readonly certificates?: readonly HostCertificateFiles[]
}

export interface Trust {
  /**
   * The TLS context for a verified host. Bundles are read on first use and parsed once. A host without files, such as a
   * token server, is also verified with the CAs of the registry that names it, as in docker.
   */
  contextFor(host: string, registryHost?: string): SecureContext
  /** For a host that is not verified but may require a client certificate; undefined if none is configured. */
  clientContextFor(host: string): SecureContext | undefined
}

export function createTrust(settings: TrustSettings): Trust {
  const contexts = new Map<string, SecureContext>()
  let bundles: readonly (string | Buffer)[] | undefined
  const filesOf = (host: string) => filesFor(host, settings.certificates, settings.certificateFolders)
  return {
    contextFor: (host, registryHost = host) => {
      bundles ??= trustedByAll(settings)
      const own = filesOf(host)
      const files = own ?? onlyCas(filesOf(registryHost))
      const key = files === undefined ? '' : `${host} ${registryHost}`
      const context = contexts.get(key) ?? createContext(bundles, files)
      contexts.set(key, context)
      return context
    },
    clientContextFor: (host) => {
      const files = filesOf(host)
      return files?.client === undefined ? undefined : createContext([], files)
    },
  }
}

/** SECURITY: another host does not get the registry's client certificate. */
function onlyCas(files: HostCertificateFiles | undefined): HostCertificateFiles | undefined {
  return files === undefined ? undefined : { host: files.host, ca: files.ca }
}

function trustedByAll(settings: TrustSettings): readonly (string | Buffer)[] {
  const { hasSystem, ca } = readBundles(settings)
  return hasSystem ? ca : [...loadTls().rootCertificates, ...ca]
}

function createContext(bundles: readonly (string | Buffer)[], files: HostCertificateFiles | undefined): SecureContext {
  const ca = [...bundles, ...(files?.ca ?? []).map(readCertificates)]
  const client = files?.client
  return secureContext({ ca, ...(client && { cert: readPem(client.cert), key: readPem(client.key) }) }, files)
}

function secureContext(options: SecureContextOptions, files: HostCertificateFiles | undefined): SecureContext {
  try {
    return loadTls().createSecureContext(options)
  } catch (cause) {
    const { ca = [], client } = files ?? {}
    if (client === undefined) throw unusable(ca.join(', ') || 'of the system', messageOf(cause), cause)
    throw unusable(client.cert, foundIn(client, messageOf(cause)), cause)
  }
}

/** SPEC: OpenSSL: reasons of its errors; for an encrypted key, the reason depends on what the wrong passphrase yields. */
function foundIn({ key }: { readonly key: string }, reason: string): string {
  if (/-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(readPem(key).toString('latin1')))
    return `"${key}" is protected by a passphrase`
  if (/key values mismatch/.test(reason)) return `"${key}" is the key of another certificate`
  if (/no start line/.test(reason)) return `it or "${key}" is not a PEM file`
  return `it or "${key}" is damaged: ${reason}`
}

function unusable(object: string, found: string, cause: unknown): RegistryError {
  const message = `Cannot use certificate "${object}": ${found}`
  return new RegistryError('REGISTRY_BAD_CERTIFICATE', message, {
    cause,
    hint: 'Write certificate and key as PEM files, the key without a passphrase',
  })
}
