import { parseDockerfile } from '../../parser/index.ts'
import type { ContextTools } from '../context/opened-context.ts'
import { remoteTime } from '../context/remote-time.ts'
import { EPOCH_RANGE, type EpochSource, findEpochSource, isInEpochRange } from '../plan/epoch-source.ts'
import { createProblems } from '../plan/problems.ts'
import type { BuildRequest } from '../request/builder.ts'
import { BuildError } from '../request/errors.ts'
import { withEpoch } from '../request/with-epoch.ts'
import type { OpenedBuild, PlanInputs } from '../run/prepared-build.ts'
import { planningRequest, refusal } from './plan-request.ts'

/** Resolves SOURCE_DATE_EPOCH in the request, looking at contexts and downloads if it names one. */
export async function dateBuild(
  request: BuildRequest,
  { inputs, opened, tools }: { inputs: readonly PlanInputs[]; opened: OpenedBuild; tools: ContextTools },
  signal: AbortSignal,
): Promise<BuildRequest> {
  const { dockerfile } = parseDockerfile(opened.source.text)
  if (dockerfile === undefined) return request // planning reports what is wrong with it
  const problems = createProblems()
  const sources = inputs.map((own) =>
    problems.hasErrors ? undefined : findEpochSource(planningRequest(dockerfile, own), problems),
  )
  const [source, ...others] = sources
  if (problems.hasErrors || source === undefined) throw refusal(problems.all, opened.source)
  if (others.some((other) => JSON.stringify(other) !== JSON.stringify(source))) {
    const message = 'Cannot use SOURCE_DATE_EPOCH: it differs between the platforms (expected one time for all of them)'
    throw new BuildError('BUILD_REFUSED', message)
  }
  return withEpoch(request, await timeOf(source, { opened, tools }, signal))
}

async function timeOf(
  source: EpochSource,
  { opened, tools }: { opened: OpenedBuild; tools: ContextTools },
  signal: AbortSignal,
): Promise<number | undefined> {
  if (source.kind === 'none') return undefined
  if (source.kind === 'seconds') return source.seconds
  const seconds =
    source.kind === 'context' ? await opened.main.madeAt?.() : await remoteTime(source.operation, tools, signal)
  if (seconds === undefined || isInEpochRange(seconds)) return seconds
  const message = `Cannot use SOURCE_DATE_EPOCH: the time of its source is ${seconds} (expected ${EPOCH_RANGE})`
  throw new BuildError('BUILD_REFUSED', message)
}
