import { formatPlatform } from '../../../image-spec/index.ts'
import type { BaseNeed } from './build-plan.ts'

/** Key of a resolved base for `planBuild()`. */
export function baseKey(need: Pick<BaseNeed, 'reference' | 'platform'>): string {
  return `${need.reference} ${formatPlatform(need.platform)}`
}
