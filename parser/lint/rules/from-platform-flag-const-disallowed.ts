import type { LintRule } from '../lint-rule.ts'

const SYSTEMS = new Set([
  'linux',
  'windows',
  'darwin',
  'freebsd',
  'netbsd',
  'openbsd',
  'wasi',
  'js',
  'plan9',
  'solaris',
])
const ALIASES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  'x86-64': 'amd64',
  i386: '386',
  aarch64: 'arm64',
  armhf: 'arm',
  armel: 'arm',
}

export const fromPlatformFlagConstDisallowed: LintRule = {
  name: 'FromPlatformFlagConstDisallowed',
  description: 'FROM --platform should not use a constant value, which limits the stage to that platform',
  check({ stages }, find) {
    for (const { stage, platform } of stages) {
      if (platform === undefined || platform.used.length + platform.undefinedNames.length > 0) continue
      const { name = '', from } = stage
      const parts = systemAndArchitecture(platform.value)
      // A stage name that contains the platform shows that it is intentional.
      if (parts.length === 0 || parts.some((part) => name.includes(part))) continue
      const flag = from.flags.find((each) => each.name === 'platform')
      const message = `"--platform=${flag?.value}" is a constant (expected a variable such as $BUILDPLATFORM, or no flag)`
      find({ instruction: from, message, ...(flag && { range: flag.range }) })
    }
  },
}

/** `arm64` and `linux` for `linux/arm64/v8`; empty for any other text. */
function systemAndArchitecture(platform: string): readonly string[] {
  const parts = platform.toLowerCase().split('/')
  if (!parts.every((part) => /^[a-z0-9_.-]+$/.test(part))) return []
  if (parts.length === 1 && !SYSTEMS.has(platform.toLowerCase())) parts.unshift('linux')
  return parts.slice(0, 2).map((part) => (Object.hasOwn(ALIASES, part) ? (ALIASES[part] ?? part) : part))
}
