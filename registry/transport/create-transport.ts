import { present } from '../../image-spec/index.ts'
import type { RegistryError } from '../errors.ts'
import type { CredentialScope, CredentialSource, Credentials, RegistryOptions } from '../registry-client.ts'
import { NO_SETTINGS } from '../settings/registry-settings.ts'
import { authorizing } from './authorize.ts'
import { type FindOrigin, originFinder } from './endpoints.ts'
import type { Exchange, ExchangeResponse } from './exchange.ts'
import { addingHeaders } from './host-headers.ts'
import { insecureTest } from './hosts.ts'
import { createRangeTurn, type RangeTurn } from './range-turn.ts'
import { createRedactor } from './redact.ts'
import { followRedirects } from './redirect.ts'
import { type Attempted, responseError } from './response-error.ts'
import { type RetryPolicy, retrying } from './retry.ts'
import type { Wire } from './wire.ts'

/** Final failures by host: repeating it for each blob of an image would take minutes. */
export interface Experience {
  /** Later look-ups are sent once, or not at all. */
  readonly lookups: Map<string, 'refused' | 'unanswered'>
  /** Later mounts are requested once. */
  readonly mounts: Set<string>
}

/** The transport for pulls and pushes. */
export interface Transport {
  readonly send: Exchange
  /** Sends without credentials. */
  readonly sendBare: Exchange
  readonly findOrigin: FindOrigin
  /** Starts what the first request to the host has to wait for; failures are reported by that request. */
  prepare(host: string): void
  readonly policy: RetryPolicy
  readonly ranges: RangeTurn
  readonly experience: Experience
  /** Converts an unsuccessful response to an error. Reads the body. */
  failure(response: ExchangeResponse, attempted: Omit<Attempted, 'account'>): Promise<RegistryError>
  close(): Promise<void>
}

const DEFAULT_RETRIES = 5
const DEFAULT_RETRY_DELAY_MS = 300

/** The layers of the transport, in the order in which they see a request. */
export function createTransport(
  options: RegistryOptions,
  isInsecure = insecureTest(insecureHostsOf(options)),
): Transport {
  const env = options.env ?? process.env
  const settings = options.settings ?? NO_SETTINGS
  const redactor = createRedactor()
  const policy = retryPolicyOf(options)
  const findCredentials = once((scope) => options.credentials.find(scope))
  let wire: Promise<Wire> | undefined
  const onWire = addingHeaders(async (request) => (await openWire()).send(request), settings.headers, redactor)
  const redirecting = followRedirects(onWire)
  const findOrigin = originFinder(onWire, { isInsecure, isPlain: (host) => settings.plainHttp.includes(host) })
  return {
    send: retrying(authorizing(redirecting, { redactor, isInsecure, findCredentials }), policy),
    sendBare: retrying(redirecting, policy),
    findOrigin,
    prepare: (host) => {
      // The next request reports a failure.
      openWire().catch(() => {})
      findOrigin(host).catch(() => {})
    },
    policy,
    ranges: createRangeTurn(options.splitAfterMs),
    experience: { lookups: new Map(), mounts: new Set() },
    failure: async (response, attempted) => {
      const isRegistry = attempted.isRegistry !== false
      const account = isRegistry ? await accountFor(findCredentials, attempted.server) : undefined
      return responseError(response, { ...attempted, account }, redactor)
    },
    close: async () => (await wire)?.close(),
  }

  /** Loading undici takes about 40 ms, so it is loaded only if the network is needed. */
  function openWire(): Promise<Wire> {
    wire ??= import('./wire.ts').then(({ createWire }) =>
      createWire({
        isInsecure,
        env,
        caFile: options.caFile,
        certificates: settings.certificates,
        certificateFolders: options.certificateFolders ?? certificateFolders(env),
        userAgent: options.userAgent ?? 'tsbuild',
        ...present('timeouts', options.timeouts),
      }),
    )
    return wire
  }
}

function retryPolicyOf({ retries = DEFAULT_RETRIES, retryDelayMs = DEFAULT_RETRY_DELAY_MS }: RegistryOptions) {
  return { retries, firstDelayMs: retryDelayMs }
}

function insecureHostsOf({ insecureHosts = [], settings = NO_SETTINGS }: RegistryOptions): readonly string[] {
  return [...insecureHosts, ...settings.insecure, ...settings.plainHttp]
}

/** Directories in which Docker and podman store certificates by host. */
function certificateFolders(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const home = env['HOME']
  const own = home === undefined || home === '' ? [] : [`${home}/.config/containers/certs.d`]
  return ['/etc/containerd/certs.d', '/etc/docker/certs.d', '/etc/containers/certs.d', ...own]
}

function once(find: CredentialSource['find']): typeof find {
  const found = new Map<string, Promise<Credentials | undefined>>()
  return ({ host, ...within }) => {
    const repository = present('repository', within.repository)
    const name = `${host}/${within.repository ?? ''}`
    const known = found.get(name) ?? find({ host, ...repository })
    found.set(name, known)
    return known
  }
}

async function accountFor(find: CredentialSource['find'], server: CredentialScope): Promise<string | undefined> {
  const credentials = await find(server).catch(() => undefined /* no account is named */)
  if (credentials === undefined) return undefined
  return credentials.kind === 'basic' ? `user "${credentials.username}"` : 'the stored token'
}
