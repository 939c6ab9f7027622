import type { ImageReference } from '../../image-spec/index.ts'

/** How each registry is reached, merged from all configuration files. */
export interface RegistrySettings {
  /** The longest matching prefix applies. */
  readonly rules: readonly RegistryRule[]
  /** `host`, `host:port`, `*.domain` or an address range: unknown certificates and plain HTTP are accepted. */
  readonly insecure: readonly string[]
  /** Hosts reached over plain HTTP, without trying TLS first. */
  readonly plainHttp: readonly string[]
  readonly certificates: readonly HostCertificateFiles[]
  readonly headers: readonly HostHeaders[]
}

export interface RegistryRule {
  /** `host`, `host/namespace`, `host/repository`, `*.domain`, or the empty text for all hosts. */
  readonly prefix: string
  /** Replaces the prefix. */
  readonly address?: RegistryAddress
  /** Tried in this order before the registry itself, for pulls only. */
  readonly mirrors: readonly RegistryMirror[]
  /** Replaces the prefix in pushes. */
  readonly pushAddress?: RegistryAddress
  /** The file that blocks it. */
  readonly blockedBy?: string
}

export interface RegistryAddress {
  /** `host` or `host/path`. */
  readonly location: string
  /** Path of the API, if not `/v2`. */
  readonly apiPath?: string
  /** Requests contain the name of the registry that it mirrors. */
  readonly namesOrigin?: true
}

export interface RegistryMirror extends RegistryAddress {
  /** Absent: for all references. */
  readonly only?: 'digest' | 'tag'
}

export interface HostCertificateFiles {
  readonly host: string
  /** PEM files. */
  readonly ca: readonly string[]
  readonly client?: { readonly cert: string; readonly key: string }
}

/** Sent with each request to the host, and to no other. */
export interface HostHeaders {
  readonly host: string
  readonly headers: Readonly<Record<string, string>>
}

export const NO_SETTINGS: RegistrySettings = { rules: [], insecure: [], plainHttp: [], certificates: [], headers: [] }

/** For equal prefixes, later settings take precedence. */
export function mergeSettings(all: readonly RegistrySettings[]): RegistrySettings {
  return {
    rules: all.flatMap(({ rules }) => rules).reverse(),
    insecure: all.flatMap(({ insecure }) => insecure),
    plainHttp: all.flatMap(({ plainHttp }) => plainHttp),
    certificates: all.flatMap(({ certificates }) => certificates),
    headers: all.flatMap(({ headers }) => headers),
  }
}

/** The rule for a reference, and the part of its name after the prefix. */
export function findRule(
  rules: readonly RegistryRule[],
  { host, repository }: ImageReference,
): { readonly rule: RegistryRule; readonly rest: string } | undefined {
  const name = `${host}/${repository}`
  const fitting = rules.flatMap((rule) => {
    const rest = restAfter(rule.prefix, { host, repository, name })
    return rest === undefined ? [] : [{ rule, rest }]
  })
  return fitting.reduce<(typeof fitting)[number] | undefined>(
    (best, one) => (best === undefined || one.rule.prefix.length > best.rule.prefix.length ? one : best),
    undefined,
  )
}

function restAfter(
  prefix: string,
  { host, repository, name }: { readonly host: string; readonly repository: string; readonly name: string },
): string | undefined {
  if (prefix === '') return `/${repository}`
  if (prefix.startsWith('*.')) return host.endsWith(prefix.slice(1)) ? `/${repository}` : undefined
  return name.startsWith(`${prefix}/`) || name === prefix ? name.slice(prefix.length) : undefined
}
