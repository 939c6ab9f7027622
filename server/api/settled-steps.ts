import type { Build, BuildStep } from './schemas/build.ts'

/** Steps of a build that has ended: the builder does not report the end of steps that it stopped or never started. */
export function settledSteps(steps: readonly BuildStep[], { endedAt }: Pick<Build, 'endedAt'>): readonly BuildStep[] {
  if (endedAt === undefined) return steps
  const endedMs = Date.parse(endedAt)
  return steps.map((step) => {
    if (step.state !== 'running' && step.state !== 'waiting') return step
    return { ...step, state: 'cancelled', ...(step.startedMs !== undefined && { endedMs }) }
  })
}
