import { formatPlatform } from '../../../image-spec/index.ts'
import type { BaseNeed } from './build-plan.ts'

/** The key under which a resolved base is given to `planBuild()`. */
export function baseKey(need: Pick<BaseNeed, 'reference' | 'platform'>): string {
  return `${need.reference} ${formatPlatform(need.platform)}`
}
