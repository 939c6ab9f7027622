import { didYouMean } from '../../../notation/index.ts'
import type { LintRule } from '../lint-rule.ts'

/** Used by the builder only, and never in the environment. */
const BUILDER_ARGS = new Set(['BUILDKIT_SBOM_SCAN_CONTEXT', 'BUILDKIT_SBOM_SCAN_STAGE'])

export const undefinedVar: LintRule = {
  name: 'UndefinedVar',
  description: 'Variables should be defined before they are used',
  onlyNeededStages: true,
  check({ stages }, find) {
    for (const { steps, isBaseKnown } of stages) {
      if (!isBaseKnown) continue
      for (const { instruction, uses, known } of steps) {
        for (const { undefinedNames, range } of uses) {
          for (const name of undefinedNames) {
            if (BUILDER_ARGS.has(name)) continue
            const message = `"$${name}" is not defined and expands to an empty string (expected an ARG or ENV above)`
            find({ instruction, message, range, hint: didYouMean(name, known()) })
          }
        }
      }
    }
  },
}
