import type { BuildPlan } from '../graph/build-plan.ts'
/** A plan and its platform: `linux/arm64`. */
export interface PrintedPlan {
  readonly platform: string
  readonly plan: BuildPlan
}
