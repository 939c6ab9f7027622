import { didYouMean, parseGoBool, splitPair } from '../../notation/index.ts'
import type { Instruction, SourceRange } from '../ast.ts'
import { problem, type Report } from '../diagnostics.ts'

/** Which rules report, and whether a finding fails the build. */
export interface CheckOptions {
  readonly skip: ReadonlySet<string>
  readonly skipAll: boolean
  readonly experimental: ReadonlySet<string>
  readonly experimentalAll: boolean
  readonly isError: boolean
}

const NO_CHECK_OPTIONS: CheckOptions = {
  skip: new Set(),
  skipAll: false,
  experimental: new Set(),
  experimentalAll: false,
  isError: false,
}

const NEEDED = 'skip=<rules|all>;error=<true|false>;experimental=<rules|all>'
const KEYS = ['skip', 'error', 'experimental']

/** SPEC: dockerfile reference#check. Parses the value of `# check=`, or of its override. */
export function parseCheckOptions(value: string, range: SourceRange, report: Report): CheckOptions {
  let options = NO_CHECK_OPTIONS
  if (value.trim() === '') return options
  for (const option of value.split(';')) {
    const changed = applyOption(options, option)
    if (changed === undefined) {
      const message = `Cannot use the check option "${option.trim()}": unknown option (expected ${NEEDED})`
      report(
        problem({
          code: 'PARSE_BAD_CHECK',
          message,
          range,
          hint: didYouMean(splitPair(option)[0].trim(), KEYS),
        }),
      )
    } else options = changed
  }
  return options
}

/**
 * Adds the options of a comment `# check=…` directly above an instruction, which apply to that instruction only. As in
 * BuildKit, the first such line counts, up to its first blank; an invalid one is an ordinary comment.
 */
export function withCommentOptions(options: CheckOptions, instruction: Instruction): CheckOptions {
  const lines = instruction.comment?.split('\n') ?? []
  const value = lines.map((line) => /^\s*check\s*=\s*([^ ]+)/i.exec(line)?.[1]).find((found) => found !== undefined)
  if (value === undefined) return options
  let isUnderstood = true
  const own = parseCheckOptions(value, instruction.range, () => {
    isUnderstood = false
  })
  if (!isUnderstood) return options
  return {
    skip: new Set([...options.skip, ...own.skip]),
    skipAll: options.skipAll || own.skipAll,
    experimental: new Set([...options.experimental, ...own.experimental]),
    experimentalAll: options.experimentalAll || own.experimentalAll,
    isError: options.isError,
  }
}

function applyOption(options: CheckOptions, option: string): CheckOptions | undefined {
  const [name, value] = splitPair(option).map((part) => part?.trim())
  if (value === undefined) return undefined
  if (name === 'skip') return value === 'all' ? { ...options, skipAll: true } : { ...options, skip: rulesIn(value) }
  if (name === 'experimental') {
    return value === 'all' ? { ...options, experimentalAll: true } : { ...options, experimental: rulesIn(value) }
  }
  const isError = name === 'error' ? parseGoBool(value) : undefined
  return isError === undefined ? undefined : { ...options, isError }
}

function rulesIn(value: string): ReadonlySet<string> {
  return new Set(value.split(',').map((name) => name.trim()))
}
