import { readFile } from 'node:fs/promises'

/** What steps get of the host's configuration besides the image's own: never in a layer, a cache key or the history. */
export interface HostTrust {
  /** PEM bundle, base64; absent where the environment names none. */
  readonly bundleBase64?: string
  /** Variables that the image does not set itself. */
  readonly env: Readonly<Record<string, string>>
}

/** Where the bundle is mounted in a step. */
export const TRUST_PATH = '/run/tsbuild/ca-certificates.crt'

/** Variables of the host that name a bundle of certificates. */
const BUNDLE_VARIABLES = [
  'SSL_CERT_FILE',
  'TSBUILD_EXTRA_CA_CERTS',
  'NODE_EXTRA_CA_CERTS',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'PIP_CERT',
  'GIT_SSL_CAINFO',
  'AWS_CA_BUNDLE',
]

/** Variables that programs in steps read: OpenSSL and Go, Node, Python, curl, pip, git, cargo, Nix, AWS, gRPC. */
const STEP_VARIABLES = [
  'SSL_CERT_FILE',
  'NODE_EXTRA_CA_CERTS',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'PIP_CERT',
  'GIT_SSL_CAINFO',
  'CARGO_HTTP_CAINFO',
  'NIX_SSL_CERT_FILE',
  'AWS_CA_BUNDLE',
  'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH',
]

const SYSTEM_BUNDLES = ['/etc/ssl/certs/ca-certificates.crt', '/etc/pki/tls/certs/ca-bundle.crt', '/etc/ssl/cert.pem']

const PROXY_VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY']

/** Reads the bundles that the environment names. A named file that can't be read is left out with a warning. */
export async function readHostTrust(
  env: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void,
): Promise<HostTrust> {
  const proxies = PROXY_VARIABLES.flatMap((name) => [name, name.toLowerCase()]).flatMap((name) => {
    const value = env[name]
    return value ? [[name, value] as const] : []
  })
  const bundle = await readBundle(env, warn)
  if (bundle === undefined) return { env: Object.fromEntries(proxies) }
  const trusted = STEP_VARIABLES.map((name) => [name, TRUST_PATH] as const)
  return { bundleBase64: bundle.toString('base64'), env: Object.fromEntries([...proxies, ...trusted]) }
}

/**
 * The variables replace a program's own bundle, but NODE_EXTRA_CA_CERTS adds to it: so the system's bundle comes along
 * where none of the replacing variables is set.
 */
async function readBundle(
  env: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void,
): Promise<Buffer | undefined> {
  const named = new Set(BUNDLE_VARIABLES.flatMap((name) => (env[name] ? [env[name]] : [])))
  if (named.size === 0) return undefined
  const parts: (Buffer | undefined)[] = await Promise.all(
    [...named].map((path) =>
      readFile(path).catch((error: Error) => {
        warn(`Cannot read certificates "${path}": ${error.message}`)
        return undefined
      }),
    ),
  )
  const replacing = env['SSL_CERT_FILE'] ?? env['REQUESTS_CA_BUNDLE'] ?? env['CURL_CA_BUNDLE']
  if (!replacing) parts.unshift(await firstReadable(SYSTEM_BUNDLES))
  const found = parts.filter((part) => part !== undefined)
  return found.length === 0 ? undefined : Buffer.concat(found.flatMap((part) => [part, Buffer.from('\n')]))
}

async function firstReadable(paths: readonly string[]): Promise<Buffer | undefined> {
  for (const path of paths) {
    const bytes = await readFile(path).catch(() => undefined)
    if (bytes) return bytes
  }
  return undefined
}
