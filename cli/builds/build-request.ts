import { resolve } from 'node:path'
import type { Output } from '../../builder/index.ts'
import type { BuildOptions } from '../../engine/index.ts'
import { parseReference } from '../../image-spec/index.ts'
import type { Call } from '../command.ts'
import { usageError } from '../errors.ts'
import { extraHostFlag } from '../flags/extra-host.ts'
import type { FlagValues } from '../flags/flag-table.ts'
import { keyValues, keyValuesFromEnv } from '../flags/key-values.ts'
import { pullPolicy } from '../flags/pull-policy.ts'
import { parseAgents } from './agents.ts'
import { parseAnnotations } from './annotations.ts'
import { parseAttestations } from './attestations.ts'
import { readBuildArgFiles } from './build-arg-file.ts'
import type { buildFlags } from './build-flags.ts'
import { type CacheFlagName, readCacheFlag } from './cache-location.ts'
import { parseCacheMountsFrom, parseCacheMountsTo } from './cache-mounts.ts'
import { readContext } from './context.ts'
import { parseEntitlements, refuseDeletion } from './entitlements.ts'
import { insecureHostsOfBuild } from './insecure-hosts.ts'
import { parseOutputs } from './outputs.ts'
import type { planFlags } from './plan-flags.ts'
import { parseCacheFrom, parseCacheTo } from './remote-caches.ts'
import { parseSecrets } from './secrets.ts'
import { parseStepLimits } from './step-limits.ts'

type Values = FlagValues<typeof buildFlags>

export interface ParsedBuild {
  readonly request: BuildOptions
  /** Registries that may be insecure for this build, in addition to `--insecure-registry`. */
  readonly insecureHosts: readonly string[]
}

/** Converts the flags of `build` to a request for the builder. */
export async function buildRequest(
  values: Values,
  context: string,
  { io, interrupt }: Pick<Call, 'io' | 'interrupt'>,
): Promise<ParsedBuild> {
  const { outputs, names: tags, insecureNames } = parseOutputs(values, io.cwd)
  refuseDeletion(outputs, values.allow, io.cwd)
  const annotations = parseAnnotations(values.annotation)
  const attestations = parseAttestations(values)
  if (outputs.some((output) => output.type === 'image' && output.push === true) && tags.length === 0)
    throw usageError('Cannot push the image: it has no name (expected -t host/repository:tag)')
  if (outputs.some((output) => output.type === 'image' && output.pushByDigest)) tags.forEach(refuseTag)
  if (writesToStdout(outputs) && io.stdout.isTTY === true)
    throw usageError('Cannot write the result to standard output: it is a terminal (use a pipe or a file)')
  if (values.explain === 'json' && (values.quiet || writesToStdout(outputs)))
    throw usageError(
      'Cannot use "--explain=json": standard output is used for the image ID or the result (expected --explain=text)',
    )
  const caches = readCaches(values, io)
  const request: BuildOptions = {
    ...(await planRequest(values, context, { io, interrupt })),
    tags,
    ...caches.request,
    noCache: values['no-cache'],
    noCacheFilter: values['no-cache-filter'].flatMap((text) => text.split(',')),
    outputs,
    secrets: parseSecrets(values.secret, io.env, io.cwd),
    ssh: parseAgents(values.ssh, io.env, io.cwd),
    ...(annotations.length > 0 && { annotations }),
    ...attestations,
    ...scanOf(values['scan-secrets']),
    allow: parseEntitlements(values.allow),
    limits: parseStepLimits(values),
    extraHosts: values['add-host'].map(extraHostFlag),
  }
  return { request, insecureHosts: insecureHostsOfBuild(insecureNames, caches.flags) }
}

function readCaches(values: Values, io: Call['io']) {
  const read = (flag: CacheFlagName) => values[flag].map((text) => readCacheFlag(`--${flag}`, text, io))
  const [from, to] = [read('cache-from'), read('cache-to')]
  const [mountsFrom, mountsTo] = [read('cache-mounts-from'), read('cache-mounts-to')]
  const request = {
    cacheFrom: parseCacheFrom(from),
    ...parseCacheTo(to),
    cacheMountsFrom: parseCacheMountsFrom(mountsFrom),
    cacheMountsTo: parseCacheMountsTo(mountsTo),
  }
  return { request, flags: [...from, ...to, ...mountsFrom, ...mountsTo] }
}

/** SPEC: BuildKit exporter/containerimage/export.go. */
function refuseTag(name: string): void {
  const { tag, digest } = parseReference(name)
  if (tag === undefined && digest === undefined) return
  throw usageError(
    `Cannot push "${name}" by digest: the name has a ${tag === undefined ? 'digest' : 'tag'} (expected host/repository)`,
  )
}

/** The flag table allows no other values. */
function scanOf(value: string | undefined): Pick<BuildOptions, 'scanSecrets'> {
  return value === 'warn' || value === 'error' || value === 'off' ? { scanSecrets: value } : {}
}

function writesToStdout(outputs: readonly Output[]): boolean {
  return outputs.some((output) => 'destination' in output && output.destination === '-')
}

/** The part of the request that determines the plan. */
export async function planRequest(
  values: FlagValues<typeof planFlags>,
  context: string,
  { io, interrupt }: Pick<Call, 'io' | 'interrupt'>,
): Promise<BuildOptions> {
  const given = keyValuesFromEnv(
    '--build-arg',
    [...(await readBuildArgFiles(values['build-arg-file'], { io, interrupt })), ...values['build-arg']],
    io.env,
  )
  const { dockerProxies } = await import('../../registry/index.ts')
  const warn = (message: string) => io.stderr.write(`WARNING: ${message}\n`)
  const proxies = await dockerProxies(io.env, Object.keys(given), warn)
  const buildArgs = withEpoch({ ...proxies, ...given }, io.env)
  const platform = platformText(values.platform)
  const input = await readContext({
    context,
    file: values.file,
    openStdin: () => io.stdin,
    cwd: io.cwd,
    signal: interrupt.signal,
  })
  return {
    ...input,
    buildArgs,
    pull: pullPolicy(values.pull),
    network: networkOf(values.network),
    labels: keyValues('--label', values.label),
    buildContexts: namedContexts(values['build-context'], io.cwd),
    ...(values.target !== undefined && { target: values.target }),
    ...(platform !== undefined && { platform }),
  }
}

/** The flag table allows no other values. */
function networkOf(value: string): 'default' | 'none' | 'host' {
  return value === 'none' || value === 'host' ? value : 'default'
}

function platformText(platforms: readonly string[]): string | undefined {
  const value = platforms.join(',')
  return platforms.length === 0 || value === 'local' ? undefined : value
}

/**
 * As in buildx, SOURCE_DATE_EPOCH in the environment is also a build argument, available to Dockerfiles that declare
 * it.
 */
function withEpoch(
  buildArgs: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const epoch = env['SOURCE_DATE_EPOCH']
  return epoch ? { SOURCE_DATE_EPOCH: epoch, ...buildArgs } : buildArgs
}

/** Directories become absolute; URLs and docker-image://… stay as they are. */
function namedContexts(texts: readonly string[], cwd: string): Readonly<Record<string, string>> {
  const named = Object.entries(keyValues('--build-context', texts))
  return Object.fromEntries(
    named.map(([name, source]) => {
      if (source === '')
        throw usageError(`Cannot read "--build-context ${name}": the source is missing (expected name=source)`)
      const layout = /^oci-layout:\/\/(.+)$/.exec(source)?.[1]
      if (layout !== undefined) return [name.toLowerCase(), `oci-layout://${resolve(cwd, layout)}`]
      return [name.toLowerCase(), /^[a-z-]+:\/\/|^git@/.test(source) ? source : resolve(cwd, source)]
    }),
  )
}
