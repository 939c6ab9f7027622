import { formatPlatform } from '../../image-spec/index.ts'
import { settleAll } from '../../layer-store/index.ts'
import { createContexts, MAIN_CONTEXT } from '../context/build-contexts.ts'
import { sshAccess } from '../context/git-ssh.ts'
import { withGitTokens } from '../context/git-tokens.ts'
import { openNamedContexts } from '../context/named-contexts.ts'
import { openContext, sourceOf } from '../context/open-context.ts'
import type { ContextTools } from '../context/opened-context.ts'
import { readDockerfile, readIgnorePatterns } from '../context/read-dockerfile.ts'
import { manifestDirectory } from '../explain/file-manifests.ts'
import type { BuildRequest, PlatformPlan } from '../request/builder.ts'
import { isMultiPlatform } from '../request/multi-platform.ts'
import { isPlatformGiven, requestedPlatforms } from '../request/requested-platforms.ts'
import { isOn } from '../request/special-arguments.ts'
import { withGivenEpoch } from '../request/with-epoch.ts'
import type { BuildTools } from '../run/build-tools.ts'
import type { OpenedBuild, PlanInputs, Planned, PlatformTarget, PreparedBuild, Run } from '../run/prepared-build.ts'
import { requestedDigests } from '../run/requested-digests.ts'
import { recallPlan, rememberPlan } from './remembered-plans.ts'

/**
 * Opens the contexts, reads the Dockerfile and plans. With a remembered plan, it is known what will be read: one
 * process takes the lock and reads it. Otherwise the parser and planner, needed only then, are loaded in the meantime.
 */
export async function prepareBuild(tools: BuildTools, requested: BuildRequest, run: Run): Promise<PreparedBuild> {
  const { store, native, baseImages } = tools
  const { signal } = run
  const opened = await openBuild(tools, requested, run)
  const { main, source, named, ignore } = opened
  const contexts = createContexts({
    sources: { ...named.sources, [MAIN_CONTEXT]: sourceOf(main, ignore, store) },
    trees: native.trees,
    manifestDirectory: manifestDirectory(store.root),
  })
  run.defer(() => contexts.close())
  const platforms = requestedPlatforms(requested)
  const isOneOfSeveral = isMultiPlatform(requested)
  const inputsOf = (request: BuildRequest): readonly PlanInputs[] =>
    platforms.map((platform) => ({
      request: { ...request, ...(isPlatformGiven(requested) && { platforms: [platform] }) },
      source,
      namedContexts: named.contexts,
      baseImages,
      ignorePatterns: ignore,
      isOneOfSeveral,
    }))
  const date = async () => {
    const { dateBuild } = await import('./date-build.ts')
    return dateBuild(requested, { inputs: inputsOf(requested), opened, tools: contextTools(tools, requested) }, signal)
  }
  const request = withGivenEpoch(requested, source) ?? (await date())
  const inputs = inputsOf(request)
  const remembered = await Promise.all(inputs.map((own) => recallPlan(store, own)))
  const known = remembered.filter((plan) => plan !== undefined)
  const planner = known.length === platforms.length ? undefined : import('./plan-request.ts')
  if (planner !== undefined) run.onNewPlan?.()
  const digests = planner ? undefined : requestedDigests(known.flatMap(({ plan }) => plan.nodes))
  await run.hold(digests && ((descriptor) => contexts.prefetchLocked(digests, descriptor, signal)))
  const targets = platforms.map(async (platform, position): Promise<PlatformTarget> => {
    const own = inputs[position]
    if (own === undefined) throw new Error('unreachable: every platform has its inputs')
    const planned = (await remembered[position]?.confirm(signal)) ?? (await planNow(store, own, signal))
    return { ...planned, platform }
  })
  return { ...opened, request, contexts, targets: await settleAll(targets) }
}

async function planNow(store: BuildTools['store'], inputs: PlanInputs, signal: AbortSignal): Promise<Planned> {
  const { planRequest } = await import('./plan-request.ts')
  const planned = await planRequest(inputs, signal)
  await rememberPlan(store, inputs, planned)
  return planned
}

/** Opens the contexts and reads the Dockerfile and the ignore file. */
export async function openBuild(
  tools: BuildTools,
  request: BuildRequest,
  { signal, defer }: Pick<Run, 'signal' | 'defer'>,
): Promise<OpenedBuild> {
  const own = contextTools(tools, request)
  const keepGitDirectory = isOn(request.buildArgs?.['BUILDKIT_CONTEXT_KEEP_GIT_DIR'])
  // SPEC: BuildKit dockerui/context.go: a build with SOURCE_DATE_EPOCH does not use checkout times.
  const dated = request.buildArgs?.['SOURCE_DATE_EPOCH'] ? ({ gitTimes: 'commit' } as const) : {}
  const main = await openContext(request.context, { ...own, keepGitDirectory, ...dated }, signal)
  defer(main.close)
  const source = await readDockerfile(
    { requested: request.dockerfile, isConfined: request.confineDockerfile, signal },
    main,
  )
  const named = await openNamedContexts(request.buildContexts ?? {}, own, { signal, defer })
  const ignore = await readIgnorePatterns(source, main)
  return { main, named, ignore, source }
}

function contextTools({ store, native, env, download }: BuildTools, request: BuildRequest): ContextTools {
  const { secrets = {} } = request
  return { store, native, env: withGitTokens(env, request), download, secrets, ssh: sshAccess(request) }
}

/** Plans a build without running it, once per platform. */
export async function planBuildOnly(tools: BuildTools, request: BuildRequest): Promise<readonly PlatformPlan[]> {
  const closers: (() => Promise<void>)[] = []
  const signal = request.signal ?? new AbortController().signal
  try {
    const prepared = await prepareBuild(tools, request, {
      signal,
      hold: async () => {}, // nothing is used that could be removed
      defer: (close) => void closers.push(close),
    })
    return prepared.targets.map(({ platform, plan }) => ({ platform: formatPlatform(platform), plan }))
  } finally {
    for (const close of closers.reverse()) await close()
  }
}
