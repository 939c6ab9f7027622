import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import type { Project, StepLimits } from '../api/index.ts'
import type { BuildJobSpec } from '../build-process/index.ts'
import type { Checkout } from '../checkout/check-out.ts'
import { CheckoutRefused } from '../checkout/run-git.ts'
import type { ServerConfig } from '../config/config.ts'
import type { BuildRow } from '../state/builds.ts'
import { imageTags } from '../tags/image-tags.ts'
import { type CacheLogin, cacheHosts, cacheLogins, sharedCaches } from './shared-cache.ts'

export interface SpecParts {
  readonly project: Project
  readonly build: BuildRow
  readonly checkout: Checkout
  readonly secrets: ReadonlyMap<string, string>
  readonly config: ServerConfig
  readonly storeDirectory: string
}

/** Input of the build's process. Builds of forks get neither secrets nor destinations. */
export async function jobSpec(parts: SpecParts): Promise<BuildJobSpec> {
  const { project, build, checkout, secrets, config, storeDirectory } = parts
  const { settings } = project
  const isFork = build.trigger.fork === true
  const destinations = isFork ? [] : settings.destinations
  const tags = imageTags({ settings, build, checkout })
  const repositories = destinations.length > 0 ? destinations.map(({ repository }) => repository) : [localName(project)]
  const { dockerfile, platforms, target, args, labels, limits } = settings.build
  const isPushed = destinations.length > 0
  const known = settings.logins.map(({ registry, ...login }) => ({ repository: `${registry}/`, ...login }))
  // The login of a destination is also used if the cache is on the same host.
  const logins = isFork ? [] : [...known, ...cacheLogins(project), ...destinations]
  return {
    checkoutDirectory: await realpath(checkout.directory),
    storeDirectory: isFork ? `${storeDirectory}-forks` : storeDirectory,
    request: {
      contextDirectory: await beneath(checkout.directory, settings.build.context),
      ...(dockerfile !== undefined && { dockerfile: await beneath(checkout.directory, dockerfile) }),
      ...(target !== undefined && { target }),
      ...(platforms.length > 0 && { platform: platforms.join(',') }),
      tags: repositories.flatMap((repository) => tags.map((tag) => `${repository}:${tag}`)),
      buildArgs: args,
      labels: { ...automaticLabels(project, checkout, tags), ...labels },
      network: config.build.network === 'private' ? 'default' : config.build.network,
      noCache: build.no_cache,
      // Each checkout has a different directory: cache misses are explained against the project's last build.
      series: JSON.stringify([project.name, settings.build.context, dockerfile ?? null]),
      pull: build.no_cache || build.trigger.kind === 'base-image' ? 'always' : 'missing',
      ...(!isFork && sharedCaches(project, (name) => secretOf(secrets, name))),
      limits: limitsOf(limits, config.build.limits),
    },
    push: isPushed,
    secrets: isFork ? {} : Object.fromEntries(settings.build.secrets.map((name) => [name, secretOf(secrets, name)])),
    auths: Object.fromEntries(logins.flatMap((login) => authOf(login, secrets))),
    insecureHosts: config.registries.insecure,
    ...(config.registries.caFile !== undefined && { caFile: config.registries.caFile }),
    allowedHosts: [
      ...config.build.allowedHosts,
      ...config.registries.insecure,
      ...repositories.map(hostOf),
      ...(isFork ? [] : [...cacheHosts(project), ...settings.logins.map(({ registry }) => registry)]),
    ],
  }
}

/** The server's limits are upper bounds. */
function limitsOf(project: StepLimits, server: StepLimits): NonNullable<BuildJobSpec['request']['limits']> {
  const lower = (name: keyof StepLimits): number | undefined => {
    const limits = [project[name], server[name]].filter((limit) => limit !== undefined)
    return limits.length === 0 ? undefined : Math.min(...limits)
  }
  const [memoryBytes, cpus, pidsMax] = [lower('memoryBytes'), lower('cpus'), lower('pids')]
  return {
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(cpus !== undefined && { cpuQuotaUs: Math.round(cpus * 100_000) }),
    ...(pidsMax !== undefined && { pidsMax }),
  }
}

/** SECURITY: neither `..` nor a link may lead out of the repository. */
async function beneath(root: string, path: string): Promise<string> {
  const home = await realpath(root)
  const found = await realpath(join(home, path)).catch(() => undefined)
  if (found !== undefined && (found === home || found.startsWith(`${home}/`))) return found
  throw new CheckoutRefused('SERVER_CHECKOUT_FAILED', `Cannot use path "${path}": not found in the repository`, {
    hint: 'Correct "context" or "dockerfile" in the settings of the project',
  })
}

function secretOf(secrets: ReadonlyMap<string, string>, name: string): string {
  const value = secrets.get(name)
  if (value !== undefined) return value
  throw new CheckoutRefused('SERVER_NOT_FOUND', `Cannot use secret "${name}": no such secret`, {
    hint: `Set it: tsbuild server secret set PROJECT ${name}`,
  })
}

function authOf({ repository, username, passwordSecret }: CacheLogin, secrets: ReadonlyMap<string, string>) {
  if (username === undefined || passwordSecret === undefined) return []
  const auth = Buffer.from(`${username}:${secretOf(secrets, passwordSecret)}`).toString('base64')
  const host = hostOf(repository)
  return [[host === 'docker.io' ? 'https://index.docker.io/v1/' : host, { auth }] as const]
}

/** By docker's rules: a first component with a dot, a port or `localhost` is a host. */
function hostOf(repository: string): string {
  const first = repository.split('/')[0] ?? ''
  return repository.includes('/') && /[.:]|^localhost$/.test(first) ? first : 'docker.io'
}

/** For builds without destinations: only the store of the worker contains them. */
function localName({ name }: Project): string {
  return `tsbuild.local/${name}`
}

function automaticLabels({ settings }: Project, checkout: Checkout, tags: readonly string[]): Record<string, string> {
  const url = settings.repository.url.replace(/^(https?:\/\/)[^@/]*@/, '$1')
  return {
    'org.opencontainers.image.source': url,
    'org.opencontainers.image.revision': checkout.commit,
    'org.opencontainers.image.created': checkout.committedAt,
    ...(tags[0] !== undefined && { 'org.opencontainers.image.version': tags[0] }),
  }
}
