import { fullName, parseReference, withDefaultTag } from '../registry/index.ts'
import type { BuildTools } from './build-tools.ts'
import type { BuildEvent, BuildRequest, BuildResult, BuildWarning } from './builder.ts'
import { checkEntitlements } from './check-entitlements.ts'
import type { DockerfileText } from './context/read-dockerfile.ts'
import { BuildError } from './errors.ts'
import { createBuildMemory } from './explain/explain-build.ts'
import type { Planned } from './plan-request.ts'
import { prepareBuild, type Run } from './prepare-build.ts'
import { isShown, runPlan } from './run-plan.ts'
import { readHostTrust } from './runners/host-trust.ts'
import type { StepOptions } from './runners/step-context.ts'
import { StepNetwork } from './runners/step-network.ts'
import { refuseLostAnnotations, refuseUndated, writeOutputs } from './write-outputs.ts'

/** One build from request to outputs. The store is held against collection while it runs. */
export async function buildImage(tools: BuildTools, asked: BuildRequest): Promise<BuildResult> {
  const request = { ...asked, tags: (asked.tags ?? []).map(fullTag) }
  refuseUndated(request)
  refuseLostAnnotations(request)
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
    for (const close of closers.reverse()) await close()
  }
}

async function build(tools: BuildTools, request: BuildRequest, run: Run): Promise<BuildResult> {
  const { store, native } = tools
  const { signal, defer } = run
  const network = new StepNetwork(native.sandbox)
  defer(() => network.close())
  const { contexts, source, planned } = await prepareBuild(tools, request, run)
  const tally = createTally(request.onEvent)
  announce(planned, tally.emit)
  const warnings = warningsOf(planned)
  for (const warning of warnings) tally.emit({ kind: 'warning', warning, atMs: Date.now() })
  const memory = createBuildMemory({
    name: buildName(request, source),
    storeRoot: store.root,
    cache: store.cache,
    ...(request.explain && { explain: tally.emit }),
  })
  try {
    checkEntitlements(planned.plan, request)
    const solution = await runPlan(tools, {
      plan: planned.plan,
      contexts,
      memory,
      options: stepOptions(tools, request, { planned, network }),
      defer,
      emit: tally.emit,
      signal,
    })
    network.close().catch(() => {}) // goes while the outputs are written; a failure is told at the end of the build
    const outputs = await writeOutputs(tools, { request, planned, solution, emit: tally.emit }, signal)
    return { ...outputs, warnings, stepCount: tally.stepCount(), cachedCount: tally.cachedCount() }
  } catch (error) {
    throw withSource(error, source)
  }
}

/** Builds of one Dockerfile in one context are compared with each other, whatever their target is. */
function buildName({ context, tags = [], platform = '' }: BuildRequest, { name, path }: DockerfileText): string {
  const place = context.kind === 'directory' ? context.path : 'url' in context ? context.url : tags.join(' ')
  return JSON.stringify(['build', context.kind, place, path ?? name, platform])
}

function stepOptions(
  tools: BuildTools,
  request: BuildRequest,
  { planned, network }: Pick<StepOptions, 'network'> & { readonly planned: Planned },
): StepOptions {
  let trust: ReturnType<typeof readHostTrust> | undefined
  const warn = (message: string) =>
    request.onEvent?.({ kind: 'warning', warning: { code: 'BUILD_TRUST', message }, atMs: Date.now() })
  return {
    secrets: request.secrets ?? {},
    ssh: request.ssh ?? {},
    limits: request.limits ?? {},
    extraHosts: request.extraHosts ?? [],
    env: tools.env,
    proxyEnvironment: planned.plan.proxyEnvironment,
    trust: () => {
      trust ??= readHostTrust(tools.env, warn)
      return trust
    },
    network,
    download: tools.download,
    baseChain: (reference, report, signal) => {
      const base = planned.bases.get(reference)
      if (!base) throw new Error(`the plan uses a base "${reference}" that nobody resolved`)
      return tools.baseImages.chain(base, report.progress, signal)
    },
  }
}

/** `busybox` as `docker.io/library/busybox:latest`; refused before anything is built. */
function fullTag(tag: string): string {
  return fullName(withDefaultTag(parseReference(tag)))
}

/** Sources are shown too, so that a pull has a line to report on. */
function announce({ plan }: Planned, emit: (event: BuildEvent) => void): void {
  const steps = plan.nodes.filter(isShown).map(({ digest, name, inputs, range }) => ({
    id: digest,
    name,
    inputs: inputs.filter(isShown).map((input) => input.digest),
    ...(range && { range }),
  }))
  emit({ kind: 'planned', steps, atMs: Date.now() })
}

/** Counts what passes by. */
function createTally(onEvent: ((event: BuildEvent) => void) | undefined) {
  let steps = 0
  let cached = 0
  return {
    emit: (event: BuildEvent): void => {
      if (event.kind === 'step-cached') cached += 1
      if (event.kind === 'step-cached' || event.kind === 'step-done') steps += 1
      onEvent?.(event)
    },
    stepCount: () => steps,
    cachedCount: () => cached,
  }
}

function warningsOf({ diagnostics }: Planned): BuildWarning[] {
  return diagnostics
    .filter(({ severity }) => severity === 'warning')
    .map(({ code, message, range }) => ({ code, message, range }))
}

/** Lets the excerpt print: the place is known from the step, the text only here. */
function withSource(error: unknown, source: DockerfileText): unknown {
  if (error instanceof Error && 'range' in error && error.range !== undefined) Object.assign(error, { source })
  return error
}

function cancelled(cause: unknown): BuildError {
  return new BuildError('BUILD_CANCELLED', 'Cannot finish the build: it was cancelled', { cause })
}
