import { hostPlatform, parsePlatform } from '../../../image-spec/index.ts'
import type { LintRule } from '../lint-rule.ts'

export const fromPlatformFlagConstDisallowed: LintRule = {
  name: 'FromPlatformFlagConstDisallowed',
  description: 'FROM --platform should not use a constant value, which limits the stage to that platform',
  check({ stages }, find) {
    for (const { stage, platform } of stages) {
      if (platform === undefined || platform.used.length + platform.undefinedNames.length > 0) continue
      const { name = '', from } = stage
      const parsed = parsePlatform(platform.value, hostPlatform())
      // A stage name that contains the platform shows that it is intentional.
      if (parsed === undefined || name.includes(parsed.os) || name.includes(parsed.architecture)) continue
      const flag = from.flags.find((each) => each.name === 'platform')
      const message = `"--platform=${flag?.value}" is a constant (expected a variable such as $BUILDPLATFORM, or no flag)`
      find({ instruction: from, message, ...(flag && { range: flag.range }) })
    }
  },
}
