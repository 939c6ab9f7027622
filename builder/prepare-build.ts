import type { BuildTools } from './build-tools.ts'
import type { BuildRequest } from './builder.ts'
import { openNamedContexts } from './context/named-contexts.ts'
import { openContext } from './context/open-context.ts'
import { type DockerfileText, readDockerfile, readIgnorePatterns } from './context/read-dockerfile.ts'
import type { BuildPlan } from './graph/build-plan.ts'
import type { PlanInputs, Planned } from './plan-request.ts'
import { recallPlan, rememberPlan } from './remembered-plans.ts'

export interface Run {
  readonly signal: AbortSignal
  /** Until then the store's images may go away. */
  readonly ready: Promise<unknown>
  /** Called in reverse order when the build has ended. */
  readonly defer: (close: () => Promise<void>) => void
}

/** What a build reads before it plans. */
export interface OpenedBuild {
  readonly main: Awaited<ReturnType<typeof openContext>>
  readonly named: Awaited<ReturnType<typeof openNamedContexts>>
  readonly ignore: Awaited<ReturnType<typeof readIgnorePatterns>>
  readonly source: DockerfileText
}

/** Everything that is known before the first step runs. */
export interface PreparedBuild extends OpenedBuild {
  readonly planned: Planned
}

/** Opens the contexts, reads the Dockerfile and plans. */
export async function prepareBuild(tools: BuildTools, request: BuildRequest, run: Run): Promise<PreparedBuild> {
  const opened = await openBuild(tools, request, run)
  const { source, named, ignore } = opened
  const inputs = {
    request,
    source,
    namedContexts: named.contexts,
    baseImages: tools.baseImages,
    ignorePatterns: ignore,
  }
  await run.ready
  return { ...opened, planned: await plan(tools, inputs, run.signal) }
}

/** Parser and planner are loaded only where there is something new to plan. */
async function plan({ store }: BuildTools, inputs: PlanInputs, signal: AbortSignal): Promise<Planned> {
  const remembered = await recallPlan(store, inputs, signal)
  if (remembered) return remembered
  const { planRequest } = await import('./plan-request.ts')
  const planned = await planRequest(inputs, signal)
  await rememberPlan(store, inputs, planned)
  return planned
}

/** Opens the contexts, and reads the Dockerfile and the ignore file. */
export async function openBuild(
  tools: BuildTools,
  request: BuildRequest,
  { signal, defer }: Pick<Run, 'signal' | 'defer'>,
): Promise<OpenedBuild> {
  const { store, native, env } = tools
  const contextTools = { store, native, env, download: tools.download, secrets: request.secrets ?? {} }
  const main = await openContext(request.context, contextTools, signal)
  defer(main.close)
  const source = await readDockerfile(request.dockerfile, main)
  const named = await openNamedContexts(request.buildContexts ?? {}, contextTools, { signal, defer })
  const ignore = await readIgnorePatterns(source, main)
  return { main, named, ignore, source }
}

/** The plan of a build that is not run. */
export async function planBuildOnly(tools: BuildTools, request: BuildRequest): Promise<BuildPlan> {
  const closers: (() => Promise<void>)[] = []
  const signal = request.signal ?? new AbortController().signal
  try {
    const prepared = await prepareBuild(tools, request, {
      signal,
      ready: Promise.resolve(),
      defer: (close) => void closers.push(close),
    })
    return prepared.planned.plan
  } finally {
    for (const close of closers.reverse()) await close()
  }
}
