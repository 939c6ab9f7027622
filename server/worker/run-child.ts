import { join } from 'node:path'
import type { BuildJobLine, BuildJobSpec } from '../build-process/index.ts'
import type { EventWriter } from '../logs/event-writer.ts'
import { maskFailure } from '../logs/mask-failure.ts'
import { maskText } from '../logs/mask-secrets.ts'
import type { BuildRow } from '../state/builds.ts'
import type { SystemUser } from '../system-user.ts'
import { type BuildCgroup, openBuildCgroup } from './build-cgroup.ts'
import { type BuildChild, startBuildChild } from './build-child.ts'
import { claimTags } from './claim-tags.ts'
import type { DiskQuota } from './disk-quota.ts'
import type { AttemptResult } from './finish-build.ts'
import { isInfrastructureFault } from './is-infrastructure-fault.ts'
import { openResult } from './open-result.ts'
import type { WorkerContext } from './worker-context.ts'

export interface ChildRun {
  readonly spec: BuildJobSpec
  readonly writer: EventWriter
  readonly home: string
  readonly secrets: ReadonlyMap<string, string>
  readonly user: SystemUser | undefined
  readonly signal: AbortSignal
  readonly quota: DiskQuota
}

/** The build's process from start to end: its events are stored, its results kept. */
export async function runChild(context: WorkerContext, build: BuildRow, run: ChildRun): Promise<AttemptResult> {
  const { writer, home, signal, secrets, user, quota } = run
  if (signal.aborted) return { state: 'handed-back' }
  const cgroup = await openBuildCgroup(`build-${build.id}-${build.attempt}`, run.spec.request.limits ?? {}, {
    parent: context.cgroups,
    user,
    onRefused: (error) =>
      context.logger.warn({ err: error, build: build.id }, 'limits apply to each step of a build separately'),
  })
  const spec = cgroup === undefined ? run.spec : withinCgroup(run.spec, cgroup)
  const child = startBuildChild(context.entry, spec, { home, user })
  if (child.pid !== undefined) {
    quota.follow(child.pid, spec.storeDirectory)
    await cgroup?.enter(child.pid).catch(() => undefined) // it has exited
  }
  const stop = (): void => child.stop()
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  const keepLine = openResult(context.database, build)
  let result: AttemptResult | undefined
  try {
    for await (const line of child.lines) {
      if (line.kind === 'event') writer.add(line.event)
      else if (line.kind === 'done' || line.kind === 'failed')
        result = resultOf(withoutPlace(line, join(home, '../source')), secrets.values())
      else if (line.kind !== 'tags') await keepLine(line)
      else {
        const tags = await claimTags(context, build, { ...line, signal })
        if (tags !== undefined) child.reply(tags)
      }
      while (writer.isFull() && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 200))
    }
  } finally {
    signal.removeEventListener('abort', stop)
    stop()
  }
  const end = await child.ended
  await cgroup?.remove()
  return result ?? lostResult(build, end, secrets)
}

function lostResult(
  build: BuildRow,
  { status, signal: killedBy, errorOutput }: Awaited<BuildChild['ended']>,
  secrets: ReadonlyMap<string, string>,
): AttemptResult {
  const cause = killedBy === null ? `it ended with status ${status}` : `it was killed by ${killedBy}`
  const message = `Cannot finish build "${build.id}": ${cause}${errorOutput && `: ${maskText(errorOutput, secrets.values())}`}`
  const hint = 'Check the memory of the worker, and its log'
  return { state: 'faulted', failure: { code: 'SERVER_BUILD_LOST', message, hint } }
}

function withinCgroup(spec: BuildJobSpec, { parent }: BuildCgroup): BuildJobSpec {
  return { ...spec, request: { ...spec.request, limits: { ...spec.request.limits, cgroupParent: parent } } }
}

/**
 * Replaces paths of the checkout by paths of the repository: readers of the build need no directory of this machine.
 */
function withoutPlace<Line extends Extract<BuildJobLine, { kind: 'done' | 'failed' }>>(
  line: Line,
  place: string,
): Line {
  if (line.kind === 'done') return line
  const message = line.failure.message.replaceAll(`${place}/`, '').replaceAll(place, 'the repository')
  return { ...line, failure: { ...line.failure, message } }
}

function resultOf(line: Extract<BuildJobLine, { kind: 'done' | 'failed' }>, secrets: Iterable<string>): AttemptResult {
  if (line.kind === 'done') return { state: 'succeeded', outcome: line.outcome }
  const failure = maskFailure(line.failure, secrets)
  return { state: isInfrastructureFault(line.codes) ? 'faulted' : 'failed', failure }
}
