import type { LintRule } from '../lint-rule.ts'

export const redundantTargetPlatform: LintRule = {
  name: 'RedundantTargetPlatform',
  description: 'FROM --platform=$TARGETPLATFORM is redundant; it is the default',
  check({ stages, globals }, find) {
    for (const { stage, platform } of stages) {
      const isOnlyTarget = platform?.used.join() === 'TARGETPLATFORM' && platform.undefinedNames.length === 0
      if (!isOnlyTarget || platform.value !== globals.get('TARGETPLATFORM')) continue
      const flag = stage.from.flags.find(({ name }) => name === 'platform')
      const message = `"--platform=${flag?.value}" is the default (expected no flag)`
      find({ instruction: stage.from, message, ...(flag && { range: flag.range }) })
    }
  },
}
