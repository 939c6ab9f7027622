import type { BuildPlan } from '../graph/build-plan.ts'
/** A plan with the platform that it is for: `linux/arm64`. */
export interface PrintedPlan {
  readonly platform: string
  readonly plan: BuildPlan
}
