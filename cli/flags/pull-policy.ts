import type { PullPolicy } from '../../images/index.ts'

/** Docker's `build` uses true and false, podman and buildah use words. The flag tables allow no other values. */
export function pullPolicy(value: string): PullPolicy {
  if (value === 'true' || value === 'always') return 'always'
  return value === 'never' ? 'never' : 'missing'
}
