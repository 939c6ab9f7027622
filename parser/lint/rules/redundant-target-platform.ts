import type { LintRule } from '../lint-rule.ts'

export const redundantTargetPlatform: LintRule = {
  name: 'RedundantTargetPlatform',
  description: 'FROM does not ask for $TARGETPLATFORM: it is what FROM takes anyway',
  check({ stages, globals }, find) {
    for (const { stage, platform } of stages) {
      const isOnlyTarget = platform?.used.join() === 'TARGETPLATFORM' && platform.undefinedNames.length === 0
      if (!isOnlyTarget || platform.value !== globals.get('TARGETPLATFORM')) continue
      const flag = stage.from.flags.find(({ name }) => name === 'platform')
      const message = `"--platform=${flag?.value}" asks for what FROM takes anyway (no flag)`
      find({ instruction: stage.from, message, ...(flag && { range: flag.range }) })
    }
  },
}
