import type { Entitlement } from '../../builder/index.ts'
import { suggest } from '../../notation/index.ts'
import { usageError } from '../errors.ts'

const ENTITLEMENTS: readonly Entitlement[] = ['network.host', 'security.insecure']

/** `--allow`, several in one with commas between them. */
export function parseEntitlements(given: readonly string[]): readonly Entitlement[] {
  return given
    .flatMap((text) => text.split(','))
    .map((text) => {
      const found = ENTITLEMENTS.find((one) => one === text)
      if (found !== undefined) return found
      const near = suggest(text, ENTITLEMENTS)
      const hint = near === undefined ? undefined : `Did you mean "${near}"?`
      throw usageError(`Cannot use "--allow ${text}": no such entitlement (expected ${ENTITLEMENTS.join(', ')})`, hint)
    })
}
