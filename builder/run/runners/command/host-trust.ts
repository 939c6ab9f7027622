import { accessSync, constants, statSync } from 'node:fs'
import { messageOf } from '../../../../errors/index.ts'

/** CA certificates of the host as steps see them: never in a layer, a cache key or the history. */
export interface HostTrust {
  /** PEM files to concatenate; empty if the environment names none. */
  readonly bundles: readonly string[]
  /** Variables, unless the image sets them itself. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * Where the bundle is mounted in a step. A mount point in the root would change its parent's time, and steps list /dev
 * itself, but hardly its shared memory.
 */
export const TRUST_PATH = '/dev/shm/.tsbuild/ca-certificates.crt'

/** Host variables that name a CA bundle. */
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

/** The bundles named by the environment. A file that cannot be read is skipped with a warning. */
export function readHostTrust(
  env: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void,
): HostTrust {
  const proxies = PROXY_VARIABLES.flatMap((name) => [name, name.toLowerCase()]).flatMap((name) => {
    const value = env[name]
    return value ? [[name, value] as const] : []
  })
  const bundles = findBundles(env, warn)
  const trusted = bundles.length === 0 ? [] : STEP_VARIABLES.map((name) => [name, TRUST_PATH] as const)
  return { bundles, env: Object.fromEntries([...proxies, ...trusted]) }
}

/**
 * The variables replace a program's own bundle, but NODE_EXTRA_CA_CERTS adds to it; therefore the system's bundle is
 * included if none of the replacing variables is set.
 */
function findBundles(
  env: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void,
): readonly string[] {
  const named = new Set(BUNDLE_VARIABLES.flatMap((name) => (env[name] ? [env[name]] : [])))
  if (named.size === 0) return []
  const readable = [...named].filter((path) => {
    const trouble = whyUnreadable(path)
    if (trouble !== undefined) warn(`Cannot read certificates "${path}": ${trouble}`)
    return trouble === undefined
  })
  const replacing = env['SSL_CERT_FILE'] ?? env['REQUESTS_CA_BUNDLE'] ?? env['CURL_CA_BUNDLE']
  const system = replacing ? undefined : SYSTEM_BUNDLES.find((path) => whyUnreadable(path) === undefined)
  return [...(system === undefined ? [] : [system]), ...readable]
}

function whyUnreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK)
    return statSync(path).isFile() ? undefined : 'not a file'
  } catch (error) {
    return messageOf(error)
  }
}
