import { didYouMean } from '../../../notation/index.ts'
import type { LintRule } from '../lint-rule.ts'

export const undefinedArgInFrom: LintRule = {
  name: 'UndefinedArgInFrom',
  description: 'FROM should only use arguments that are declared above the first FROM',
  check({ stages, globalNames }, find) {
    for (const { stage, image, platform } of stages) {
      for (const name of new Set([...(image?.undefinedNames ?? []), ...(platform?.undefinedNames ?? [])])) {
        if (globalNames.has(name)) continue
        const message = `FROM uses "$${name}", which is not declared (expected an ARG above the first FROM)`
        find({ instruction: stage.from, message, hint: didYouMean(name, [...globalNames]) })
      }
    }
  },
}
