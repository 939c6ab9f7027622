import type { LockOptions } from '../layer-store/index.ts'
import type { BuildTools } from './build-tools.ts'
import type { BuildRequest } from './builder.ts'
import { type BuildContexts, createContexts, MAIN_CONTEXT } from './context/build-contexts.ts'
import { openNamedContexts } from './context/named-contexts.ts'
import { openContext, sourceOf } from './context/open-context.ts'
import { type DockerfileText, readDockerfile, readIgnorePatterns } from './context/read-dockerfile.ts'
import { manifestDirectory } from './explain/file-manifests.ts'
import type { BuildPlan } from './graph/build-plan.ts'
import type { Planned } from './plan-request.ts'
import { recallPlan, rememberPlan } from './remembered-plans.ts'
import { wantedDigests } from './wanted-digests.ts'

export interface Run {
  readonly signal: AbortSignal
  /** Holds the store: until then its images may go away. `take` is that of the store's lock. */
  readonly hold: (take?: LockOptions['take']) => Promise<void>
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
  readonly contexts: BuildContexts
  readonly planned: Planned
}

/**
 * Opens the contexts, reads the Dockerfile and plans. A plan that is remembered tells what will be read: one process
 * takes the lock and reads it. Otherwise parser and planner, which are needed only here, are loaded meanwhile.
 */
export async function prepareBuild(tools: BuildTools, request: BuildRequest, run: Run): Promise<PreparedBuild> {
  const { store, native, baseImages } = tools
  const { signal } = run
  const opened = await openBuild(tools, request, run)
  const { main, source, named, ignore } = opened
  const contexts = createContexts({
    sources: { ...named.sources, [MAIN_CONTEXT]: sourceOf(main.root, ignore, store) },
    trees: native.trees,
    manifestDirectory: manifestDirectory(store.root),
  })
  const inputs = { request, source, namedContexts: named.contexts, baseImages, ignorePatterns: ignore }
  const remembered = await recallPlan(store, inputs)
  const wanted = remembered && wantedDigests(remembered.plan)
  const planner = remembered ? undefined : import('./plan-request.ts')
  await run.hold(wanted && ((descriptor) => contexts.prefetchLocked(wanted, descriptor, signal)))
  const known = await remembered?.confirm(signal)
  if (known) return { ...opened, contexts, planned: known }
  const { planRequest } = await (planner ?? import('./plan-request.ts'))
  const planned = await planRequest(inputs, signal)
  await rememberPlan(store, inputs, planned)
  return { ...opened, contexts, planned }
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
      hold: async () => {}, // nothing is used that could go away
      defer: (close) => void closers.push(close),
    })
    return prepared.planned.plan
  } finally {
    for (const close of closers.reverse()) await close()
  }
}
