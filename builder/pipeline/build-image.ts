import { formatPlatform, fullName } from '../../image-spec/index.ts'
import type { Diagnostic } from '../../parser/index.ts'
import { requireUserNamespaces } from '../../sandbox-native/driver/index.ts'
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
import type { Provenance } from '../request/provenance.ts'
import { refuseOutputs, refuseUndated } from '../request/refuse-outputs.ts'
import { platformsText } from '../request/requested-platforms.ts'
import { argumentWarnings, writesImage } from '../request/special-arguments.ts'
import type { BuildTools } from '../run/build-tools.ts'
import { checkPlatforms, refuseWindowsLayers } from '../run/check-platforms.ts'
import { grantDevices } from '../run/grant-devices.ts'
import { type ImportedCaches, importCaches } from '../run/import-caches.ts'
import { lostLayerOf, lostLayerWarning, NotedCache } from '../run/lost-layer.ts'
import type { PlatformTarget, Run } from '../run/prepared-build.ts'
import { StepNetwork } from '../run/runners/command/step-network.ts'
import { importedMountsFor, writeCacheMounts } from './cache-mount-transfers.ts'
import { prepareBuild } from './prepare-build.ts'
import { isShown, keptNodes, runPlan } from './run-plan.ts'
import { stepOptions } from './step-options.ts'

/** Runs one build from request to outputs. The store is locked against garbage collection while it runs. */
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

/** Closes all in reverse order; one failure does not stop the others from releasing the store. */
async function closeAll(closers: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const close of closers.toReversed()) await close().catch((error: unknown) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

async function build(tools: BuildTools, requested: BuildRequest, run: Run): Promise<BuildResult> {
  const reachesHost = requested.extraHosts?.some(([, address]) => address === 'host-gateway') ?? false
  const network = new StepNetwork(tools.native.sandbox, {
    reachesHost,
    hiddenAddresses: requested.hiddenAddresses ?? [],
  })
  run.defer(() => network.close())
  checkSecrets(requested)
  const startedAtMs = Date.now()
  const tally = createTally(requested.onEvent)
  const imported = importedFor(tools, { request: requested, emit: tally.emit }, run.signal)
  const opened = await prepareBuild(tools, requested, { ...run, onNewPlan: () => imported?.expect() }).catch(
    (error: unknown) => {
      if (error instanceof BuildError) warn(warningsOf(error.warnings, error.source), tally.emit)
      throw error
    },
  )
  const { request, source, targets } = opened
  refuseUndated(request)
  const { userns = 'host' } = request.limits ?? {}
  if (userns !== 'host') requireUserNamespaces(userns, tools.native.idMapping)
  announce(plansOf(targets), tally.emit)
  const found = targets.flatMap(({ diagnostics }) => diagnostics)
  const warnings = [...argumentWarnings(request), ...warningsOf(found, source)]
  warn(warnings, tally.emit)
  try {
    const written = await solveAndWrite(tools, { opened, network, imported, emit: tally.emit, startedAtMs }, run)
    return {
      ...written,
      platforms: targets.map(({ platform }) => formatPlatform(platform)),
      warnings,
      stepCount: tally.stepCount(),
      cachedCount: tally.cachedCount(),
    }
  } catch (error) {
    throw withSource(error, source)
  }
}

function plansOf(targets: readonly PlatformTarget[]): readonly BuildPlan[] {
  return targets.map(({ plan }) => plan)
}

interface Prepared {
  readonly opened: Awaited<ReturnType<typeof prepareBuild>>
  readonly network: StepNetwork
  readonly imported: ImportedCaches | undefined
  readonly emit: (event: BuildEvent) => void
  readonly startedAtMs: number
}

/** Runs the steps and writes the requested outputs. Starts over if layers of a remote cache are lost. */
async function solveAndWrite(tools: BuildTools, prepared: Prepared, { signal, defer }: Run) {
  const { opened, network, imported, emit, startedAtMs } = prepared
  const { store } = tools
  const { request, contexts, source, targets } = opened
  const plans = plansOf(targets)
  for (const plan of plans) checkEntitlements(plan, request)
  const devices = await grantDevices(plans, request)
  await checkPlatforms(tools, plans, signal)
  if (writesImage(request)) refuseWindowsLayers(plans)
  const cache = new NotedCache(store.cache)
  const importedMounts = importedMountsFor(tools, { request, plans, emit }, signal)
  const options = { ...stepOptions(tools, request, { targets, network, devices }), importedMounts }
  const memoryOptions = { name: buildName(request, source), storeRoot: store.root, cache: store.cache }
  const written = await withoutLostLayers({ cache, imported, emit }, async () => {
    const memory = createBuildMemory({ ...memoryOptions, ...(request.explain && { explain: emit }) })
    const solution = await runPlan(tools, { plans, contexts, memory, options, cache, imported, defer, emit, signal })
    // Close it while the outputs are written, unless steps may still have to run; a failure is reported at the end.
    if (imported === undefined) network.close().catch(() => {})
    const build = { request, targets, solution, imported, emit }
    const provenance = await describe({ ...build, store, opened, startedAtMs })
    const outputs = await writeOutputs(tools, { ...build, ...(provenance && { provenance }) }, signal)
    await writeCaches(tools, { ...build, plans }, signal)
    return { ...outputs, ...(provenance && { provenance }) }
  })
  await writeCacheMounts(tools, { request, plans, emit }, signal)
  return written
}

function importedFor(
  tools: BuildTools,
  { request, emit }: { readonly request: BuildRequest; readonly emit: (event: BuildEvent) => void },
  signal: AbortSignal,
): ImportedCaches | undefined {
  const { cacheFrom: locations = [] } = request
  if (locations.length === 0) return undefined
  const warn = (message: string) =>
    emit({ kind: 'warning', warning: { code: 'CacheImportFailed', message }, atMs: Date.now() })
  return importCaches(tools, { locations, warn, signal })
}

interface CachesInUse {
  readonly cache: NotedCache
  readonly imported: ImportedCaches | undefined
  readonly emit: (event: BuildEvent) => void
}

/**
 * Repeats the work without each layer that a cache promised but no longer has: its step runs, finished steps are not
 * repeated.
 */
async function withoutLostLayers<T>({ cache, imported, emit }: CachesInUse, work: () => Promise<T>): Promise<T> {
  const warned = new Set<string>()
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const layer = lostLayerOf(error)
      if (layer === undefined || !((await imported?.exclude(layer)) || cache.forget(layer))) throw error
      const message = lostLayerWarning(error)
      if (!warned.has(message))
        emit({ kind: 'warning', warning: { code: 'CacheLayerLost', message }, atMs: Date.now() })
      warned.add(message)
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

/** Computed only if requested. */
async function describe(
  build: Parameters<typeof import('../finish/describe-build.ts').describeBuild>[0],
): Promise<readonly Provenance[] | undefined> {
  const { reportsProvenance, attestProvenance } = build.request
  if (!reportsProvenance && !attestProvenance) return undefined
  return (await import('../finish/describe-build.ts')).describeBuild(build)
}

/** Builds of one Dockerfile in one context are compared with each other, whatever their target. */
function buildName(request: BuildRequest, { name, path }: DockerfileText): string {
  const { context, series, tags = [] } = request
  if (series !== undefined) return JSON.stringify(['series', series, platformsText(request)])
  const source =
    context.kind === 'directory' ? context.path : 'url' in context ? context.url : tags.map(fullName).join(' ')
  return JSON.stringify(['build', context.kind, source, path ?? name, platformsText(request)])
}

/** Sources are announced too, so that a pull has a line to report on. */
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

/** Counts steps by their events. */
function createTally(onEvent: BuildRequest['onEvent']) {
  const ended = new Set<string>() // a step may end more than once
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

/** A warning common to several platforms is reported once. */
function warningsOf(diagnostics: readonly Diagnostic[], source: BuildWarning['source']): readonly BuildWarning[] {
  const warnings = diagnostics
    .filter(({ severity }) => severity === 'warning')
    .map(({ severity: _, hint: __, isLate: ___, ...warning }) => [JSON.stringify(warning), warning] as const)
  return [...new Map(warnings).values()].map((warning) => ({ ...warning, ...(source && { source }) }))
}

function warn(warnings: readonly BuildWarning[], emit: (event: BuildEvent) => void): void {
  for (const warning of warnings) emit({ kind: 'warning', warning, atMs: Date.now() })
}

/** Adds the source for the excerpt: the step knows the range, but only this level has the text. */
function withSource(error: unknown, source: DockerfileText): unknown {
  if (error instanceof Error && 'range' in error && error.range !== undefined) Object.assign(error, { source })
  return error
}

function cancelled(cause: unknown): BuildError {
  return new BuildError('BUILD_CANCELLED', 'Cannot finish the build: it was cancelled', { cause })
}
