import { formatPlatform, fullName } from '../../image-spec/index.ts'
import { messageOf } from '../../layer-store/index.ts'
import { requireUserNamespaces } from '../../sandbox-native/driver/index.ts'
import { sshAccess } from '../context/git-ssh.ts'
import { withGitTokens } from '../context/git-tokens.ts'
import type { DockerfileText } from '../context/read-dockerfile.ts'
import { createBuildMemory } from '../explain/explain-build.ts'
import type { CacheExports } from '../finish/export-caches.ts'
import { writeOutputs } from '../finish/write-outputs.ts'
import type { BuildPlan } from '../plan/graph/build-plan.ts'
import { nodesOf } from '../plan/graph/nodes-of.ts'
import type { BuildEvent, BuildRequest, BuildResult, BuildWarning } from '../request/builder.ts'
import { checkEntitlements } from '../request/check-entitlements.ts'
import { checkSecrets } from '../request/check-secrets.ts'
import { BuildError } from '../request/errors.ts'
import { onlyPushes } from '../request/only-pushes.ts'
import type { Provenance } from '../request/provenance.ts'
import { refuseOutputs, refuseUndated } from '../request/refuse-outputs.ts'
import { platformsText } from '../request/requested-platforms.ts'
import { argumentWarnings } from '../request/special-arguments.ts'
import { BaseLayers } from '../run/base-layers.ts'
import type { BuildTools } from '../run/build-tools.ts'
import { checkPlatforms } from '../run/check-platforms.ts'
import { grantDevices } from '../run/grant-devices.ts'
import { type ImportedCaches, importCaches } from '../run/import-caches.ts'
import { lostLayerOf, NotedCache } from '../run/lost-layer.ts'
import type { PlatformTarget, Run } from '../run/prepared-build.ts'
import { readHostTrust } from '../run/runners/command/host-trust.ts'
import { StepNetwork } from '../run/runners/command/step-network.ts'
import type { StepOptions } from '../run/runners/step-context.ts'
import { importedMountsFor, writeCacheMounts } from './cache-mount-transfers.ts'
import { prepareBuild } from './prepare-build.ts'
import { isShown, keptNodes, runPlan } from './run-plan.ts'

/** One build from request to outputs. The store is held against collection while it runs. */
export async function buildImage(tools: BuildTools, request: BuildRequest): Promise<BuildResult> {
  refuseOutputs(request)
  const signal = request.signal ?? new AbortController().signal
  const closers: (() => Promise<void>)[] = []
  const defer = (close: () => Promise<void>) => void closers.push(close)
  const hold: Run['hold'] = async (take) => {
    const lock = await tools.store.lock('shared', take && { take })
    defer(() => lock.release())
  }
  try {
    return await build(tools, request, { signal, hold, defer })
  } catch (error) {
    throw signal.aborted && !(error instanceof BuildError) ? cancelled(error) : error
  } finally {
    await closeAll(closers)
  }
}

/** All of them, in reverse order: one that fails keeps no other from releasing the store. */
async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const close of closers.toReversed()) await close().catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

async function build(tools: BuildTools, asked: BuildRequest, run: Run): Promise<BuildResult> {
  const { store, native } = tools
  const { signal, defer } = run
  const reachesHost = asked.extraHosts?.some(([, address]) => address === 'host-gateway') ?? false
  const network = new StepNetwork(native.sandbox, { reachesHost, hiddenAddresses: asked.hiddenAddresses ?? [] })
  defer(() => network.close())
  checkSecrets(asked)
  const startedAtMs = Date.now()
  const opened = await prepareBuild(tools, asked, run)
  const { request, contexts, source, targets } = opened
  refuseUndated(request)
  const { userns = 'host' } = request.limits ?? {}
  if (userns !== 'host') requireUserNamespaces(userns, native.idMapping)
  const plans = targets.map(({ plan }) => plan)
  const tally = createTally(request.onEvent)
  announce(plans, tally.emit)
  const warnings = [...argumentWarnings(request), ...warningsOf(targets)]
  for (const warning of warnings) tally.emit({ kind: 'warning', warning, atMs: Date.now() })
  const rememberedBuild = () =>
    createBuildMemory({
      name: buildName(request, source),
      storeRoot: store.root,
      cache: store.cache,
      ...(request.explain && { explain: tally.emit }),
    })
  try {
    for (const plan of plans) checkEntitlements(plan, request)
    const devices = await grantDevices(plans, request)
    await checkPlatforms(tools, plans, signal)
    const cache = new NotedCache(store.cache)
    const imported = importedFor(tools, request, tally.emit, signal)
    const importedMounts = importedMountsFor(tools, { request, plans, emit: tally.emit }, signal)
    const options = { ...stepOptions(tools, request, { targets, network, devices }), importedMounts }
    const { outputs, provenance } = await withoutLostLayers({ cache, imported, emit: tally.emit }, async () => {
      const memory = rememberedBuild()
      const solution = await runPlan(tools, {
        plans,
        contexts,
        memory,
        options,
        cache,
        imported,
        defer,
        emit: tally.emit,
        signal,
      })
      // Closes while the outputs are written, unless steps may well have to run after all; a failure shows at the end.
      if (imported === undefined) network.close().catch(() => {})
      const build = { request, targets, solution, imported, emit: tally.emit }
      const provenance = await describe({ ...build, store, opened, startedAtMs })
      const outputs = await writeOutputs(tools, { ...build, ...(provenance && { provenance }) }, signal)
      await writeCaches(tools, { ...build, plans }, signal)
      return { outputs, provenance }
    })
    await writeCacheMounts(tools, { request, plans, emit: tally.emit }, signal)
    return {
      ...outputs,
      platforms: targets.map(({ platform }) => formatPlatform(platform)),
      ...(provenance && { provenance }),
      warnings,
      stepCount: tally.stepCount(),
      cachedCount: tally.cachedCount(),
    }
  } catch (error) {
    throw withSource(error, source)
  }
}

function importedFor(
  tools: BuildTools,
  { cacheFrom: places = [] }: BuildRequest,
  emit: (event: BuildEvent) => void,
  signal: AbortSignal,
): ImportedCaches | undefined {
  if (places.length === 0) return undefined
  const warn = (message: string) =>
    emit({ kind: 'warning', warning: { code: 'CacheImportFailed', message }, atMs: Date.now() })
  return importCaches(tools, { places, warn, signal })
}

interface CachesInUse {
  readonly cache: NotedCache
  readonly imported: ImportedCaches | undefined
  readonly emit: (event: BuildEvent) => void
}

/** Works again without each layer that a cache promised and did not have: its step runs, what is done is not repeated. */
async function withoutLostLayers<T>({ cache, imported, emit }: CachesInUse, work: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const layer = lostLayerOf(error)
      if (layer === undefined || !((await imported?.exclude(layer)) || cache.forget(layer))) throw error
      const message = `${messageOf(error)}; its step is run instead`
      emit({ kind: 'warning', warning: { code: 'CacheLayerLost', message }, atMs: Date.now() })
    }
  }
}

async function writeCaches(
  tools: BuildTools,
  {
    plans,
    ...build
  }: Pick<CacheExports, 'request' | 'solution' | 'imported' | 'emit'> & { readonly plans: readonly BuildPlan[] },
  signal: AbortSignal,
): Promise<void> {
  if (build.request.cacheTo === undefined || build.request.cacheTo.length === 0) return
  const { exportCaches } = await import('../finish/export-caches.ts')
  const kept = keptNodes(plans.map(({ result }) => result))
  await exportCaches(tools, { ...build, nodes: nodesOf(plans), kept }, signal)
}

/** Only where someone wants to know. */
async function describe(
  build: Parameters<typeof import('../finish/describe-build.ts').describeBuild>[0],
): Promise<readonly Provenance[] | undefined> {
  const { tellsProvenance, attestProvenance } = build.request
  if (!tellsProvenance && !attestProvenance) return undefined
  return (await import('../finish/describe-build.ts')).describeBuild(build)
}

/** Builds of one Dockerfile in one context are compared with each other, whatever their target is. */
function buildName(request: BuildRequest, { name, path }: DockerfileText): string {
  const { context, series, tags = [] } = request
  if (series !== undefined) return JSON.stringify(['series', series, platformsText(request)])
  const place =
    context.kind === 'directory' ? context.path : 'url' in context ? context.url : tags.map(fullName).join(' ')
  return JSON.stringify(['build', context.kind, place, path ?? name, platformsText(request)])
}

function stepOptions(
  tools: BuildTools,
  request: BuildRequest,
  {
    targets,
    network,
    devices,
  }: Pick<StepOptions, 'network' | 'devices'> & { readonly targets: readonly PlatformTarget[] },
): StepOptions {
  let trust: ReturnType<typeof readHostTrust> | undefined
  const warn = (message: string) =>
    request.onEvent?.({ kind: 'warning', warning: { code: 'BUILD_TRUST', message }, atMs: Date.now() })
  const layers = new BaseLayers()
  const baseOf = (reference: string) => {
    const base = targets.map(({ bases }) => bases.get(reference)).find((found) => found !== undefined)
    if (!base) throw new Error(`the plan uses a base "${reference}" that is not resolved`)
    return base
  }
  return {
    secrets: request.secrets ?? {},
    ssh: request.ssh ?? {},
    limits: request.limits ?? {},
    extraHosts: request.extraHosts ?? [],
    env: withGitTokens(tools.env, request),
    gitSsh: sshAccess(request),
    proxyEnvironment: targets[0]?.plan.proxyEnvironment ?? [],
    trust: () => {
      trust ??= readHostTrust(tools.env, warn)
      return trust
    },
    network,
    devices,
    download: tools.download,
    baseChain: (reference, report, signal) => {
      const base = baseOf(reference)
      const { chain, lazyChain } = tools.baseImages
      return layers.bring(report, () => (onlyPushes(request) ? lazyChain : chain)(base, report.progress, signal))
    },
    isBaseHere: (reference) => baseOf(reference).digest === undefined,
    aroundUnpack: layers.aroundUnpack,
  }
}

/** Sources are shown too, so that a pull has a line to report on. */
function announce(plans: readonly BuildPlan[], emit: (event: BuildEvent) => void): void {
  const steps = nodesOf(plans)
    .filter(isShown)
    .map(({ digest, name, inputs, range }) => ({
      id: digest,
      name,
      inputs: inputs.filter(isShown).map((input) => input.digest),
      ...(range && { range }),
    }))
  emit({ kind: 'planned', steps, atMs: Date.now() })
}

/** Counts what passes by. */
function createTally(onEvent: BuildRequest['onEvent']) {
  const ended = new Set<string>() // a step may be done more than once
  let cached = 0
  return {
    emit: (event: BuildEvent): void | Promise<void> => {
      if (event.kind === 'step-cached') cached += 1
      if (event.kind === 'step-cached' || event.kind === 'step-done') ended.add(event.step)
      const held = onEvent?.(event)
      return held instanceof Promise ? held : undefined
    },
    stepCount: () => ended.size,
    cachedCount: () => cached,
  }
}

/** What is true for several platforms is reported once. */
function warningsOf(targets: readonly PlatformTarget[]): BuildWarning[] {
  const warnings = targets
    .flatMap(({ diagnostics }) => diagnostics)
    .filter(({ severity }) => severity === 'warning')
    .map(({ code, message, range }): BuildWarning => ({ code, message, range }))
  return [...new Map(warnings.map((warning) => [JSON.stringify(warning), warning])).values()]
}

/** Lets the excerpt print: the place is known from the step, the text only here. */
function withSource(error: unknown, source: DockerfileText): unknown {
  if (error instanceof Error && 'range' in error && error.range !== undefined) Object.assign(error, { source })
  return error
}

function cancelled(cause: unknown): BuildError {
  return new BuildError('BUILD_CANCELLED', 'Cannot finish the build: it was cancelled', { cause })
}
