import { basename, dirname, resolve } from 'node:path'
import { present } from '../../image-spec/index.ts'
import { apiHost } from '../transport/hosts.ts'
import { isRecord } from '../transport/response-error.ts'
import { badConfig, flagIn, parseToml, tableIn, textIn } from './config-file.ts'
import {
  type HostCertificateFiles,
  NO_SETTINGS,
  type RegistryAddress,
  type RegistryMirror,
  type RegistrySettings,
} from './registry-settings.ts'

type Table = Readonly<Record<string, unknown>>

export const HOSTS_FILE = 'hosts.toml'
/** A directory for registries that have none. */
const DEFAULT_FOLDER = '_default'
const DEFAULT_PATH = '/v2'

/** containerd's `certs.d/HOST/hosts.toml`. SPEC: containerd, docs/hosts.md */
export async function parseContainerdHosts(path: string, text: string): Promise<RegistrySettings> {
  const document = await parseToml(path, text)
  const prefix = prefixOf(basename(dirname(path)))
  const server = textIn(path, document, 'server')
  const named = Object.entries(tableIn(path, document, 'host') ?? {}).map(([url, table]) => {
    if (!isRecord(table)) throw badConfig(path, `host "${url}" is not a table`)
    return hostOf(path, url, table)
  })
  // the keys at the top are those of the server, which may be the registry itself
  const last = server !== undefined || prefix !== '' ? hostOf(path, server ?? `https://${prefix}`, document) : undefined
  const hosts = [...named, ...(last === undefined ? [] : [last])]
  const pushed = hosts.find(({ capabilities }) => capabilities.has('push'))
  const rule = {
    prefix,
    mirrors: named.flatMap(({ address, capabilities }) => mirrorsOf(address, capabilities)),
    ...present('address', server === undefined ? undefined : last?.address),
    ...present('pushAddress', pushed === last && server === undefined ? undefined : pushed?.address),
  }
  return {
    ...NO_SETTINGS,
    rules: [rule],
    insecure: hosts.filter(({ isVerified }) => !isVerified).map(({ host }) => host),
    plainHttp: hosts.filter(({ isPlain }) => isPlain).map(({ host }) => host),
    certificates: hosts.map(({ certificates }) => certificates),
    headers: hosts.map(({ host, headers }) => ({ host, headers })),
  }
}

/** `host_5000_` is another spelling of `host:5000`. */
function prefixOf(folder: string): string {
  return folder === DEFAULT_FOLDER ? '' : folder.replace(/_(\d+)_$/, ':$1')
}

interface ContainerdHost {
  readonly host: string
  readonly address: RegistryAddress
  readonly isPlain: boolean
  readonly isVerified: boolean
  readonly capabilities: ReadonlySet<string>
  readonly certificates: HostCertificateFiles
  readonly headers: Readonly<Record<string, string>>
}

function hostOf(path: string, address: string, table: Table): ContainerdHost {
  const url = urlOf(path, address)
  const name = hostIn(url, address)
  const host = name === apiHost('docker.io') ? 'docker.io' : name
  const capabilities = textOrTexts(path, table, 'capabilities')
  return {
    host,
    address: addressOf(host, url, flagIn(path, table, 'override_path')),
    isPlain: url.protocol === 'http:',
    isVerified: !flagIn(path, table, 'skip_verify'),
    capabilities: new Set(capabilities.length === 0 ? ['pull', 'resolve', 'push'] : capabilities),
    certificates: certificatesOf(path, name, table),
    headers: headersIn(path, table),
  }
}

function urlOf(path: string, address: string): URL {
  const text = address.includes('://') ? address : `https://${address}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.search === '') return url
  throw badConfig(path, `host ${JSON.stringify(address.replace(/^.*@/, ''))} is not an http or https URL`)
}

/** With the port as written, as in references: a URL omits that of its scheme. */
function hostIn({ host, port }: URL, address: string): string {
  const written = /^(?:[^/]*\/\/)?[^/]*(:\d+)(?:\/|$)/.exec(address)?.[1]
  return port === '' && written !== undefined ? `${host}${written}` : host
}

/** `/v2` is added to the path, unless it has one for the whole API. */
function addressOf(host: string, { pathname }: URL, isWhole: boolean): RegistryAddress {
  const path = pathname.replace(/\/+/g, '/').replace(/\/$/, '') // a URL's path with // is another host
  const api = isWhole || path.endsWith(DEFAULT_PATH) ? path : `${path}${DEFAULT_PATH}`
  const prefix = api.startsWith(`${DEFAULT_PATH}/`) ? api.slice(DEFAULT_PATH.length) : ''
  const apiPath = prefix === '' && api !== DEFAULT_PATH ? api : undefined
  return { location: `${host}${prefix}`, namesOrigin: true, ...present('apiPath', apiPath) }
}

/** What a mirror resolves is also pulled from it, so it needs both capabilities to be used for tags. */
function mirrorsOf(address: RegistryAddress, capabilities: ReadonlySet<string>): readonly RegistryMirror[] {
  if (!capabilities.has('pull')) return []
  return [capabilities.has('resolve') ? address : { ...address, only: 'digest' }]
}

/** Relative paths are relative to the file. */
function certificatesOf(path: string, host: string, table: Table): HostCertificateFiles {
  const at = (file: string) => resolve(dirname(path), file)
  const ca = textOrTexts(path, table, 'ca').map(at)
  const [pair, ...others] = clientsIn(path, table)
  if (others.length > 0) throw badConfig(path, `host "${host}" has more than one client certificate`)
  if (pair === undefined) return { host, ca }
  const [cert, key = cert] = pair // a single file contains both
  return { host, ca, client: { cert: at(cert), key: at(key) } }
}

/** `"file"`, `["file"]` or `[["cert", "key"]]`. */
function clientsIn(path: string, table: Table): readonly (readonly [string, string?])[] {
  const value = table['client'] ?? []
  return (Array.isArray(value) ? value : [value]).map((entry: unknown) => {
    const [cert, key, ...more]: unknown[] = Array.isArray(entry) ? entry : [entry]
    const isPair = typeof cert === 'string' && cert !== '' && (key === undefined || typeof key === 'string')
    if (!isPair || more.length > 0) throw badConfig(path, '"client" is not a file, or a list of [cert, key]')
    return key === undefined || key === '' ? [cert] : [cert, key]
  })
}

function headersIn(path: string, table: Table): Readonly<Record<string, string>> {
  const headers = tableIn(path, table, 'header') ?? {}
  return Object.fromEntries(
    Object.keys(headers).map((name) => {
      const value = textOrTexts(path, headers, name).join(', ')
      if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value))
        return [name.toLowerCase(), value]
      throw badConfig(path, `${JSON.stringify(name)} is not a header, or its value is not printable`)
    }),
  )
}

function textOrTexts(path: string, table: Table, key: string): readonly string[] {
  const value = table[key] ?? []
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (texts.every((one): one is string => typeof one === 'string')) return texts
  throw badConfig(path, `"${key}" is not a string or a list of strings`)
}
