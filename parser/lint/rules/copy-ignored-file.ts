import { createIgnoreMatcher } from '../../dockerignore/match-in-checks.ts'
import { cleanPath } from '../../dockerignore/parse-ignore-file.ts'
import type { LintRule } from '../lint-rule.ts'
import type { LintedStep } from '../linted-file.ts'

/** Patterns that exclude the whole context, so that even COPY . finds nothing. */
const EVERYTHING = new Set(['*', '**', '**/*'])

export const copyIgnoredFile: LintRule = {
  name: 'CopyIgnoredFile',
  description: 'COPY and ADD should not name files that the ignore file excludes',
  onlyNeededStages: true,
  check({ stages, facts }, find) {
    const { ignorePatterns = [] } = facts
    // An exception may re-include files below an excluded directory, so that the name alone is not decisive.
    if (ignorePatterns.some((pattern) => pattern.startsWith('!'))) return
    const isExcluded = createIgnoreMatcher(ignorePatterns)
    const ignoresEverything = ignorePatterns.some((pattern) => EVERYTHING.has(pattern))
    for (const step of stages.flatMap(({ steps }) => steps)) {
      for (const { value, range } of contextSources(step)) {
        const path = cleanPath(value)
        // SPEC: BuildKit compares paths as written: a path with a leading slash matches no pattern.
        if (!(path === '.' || path === '/' ? ignoresEverything : isExcluded(path))) continue
        const keyword = step.instruction.kind.toUpperCase()
        const message = `${keyword} names "${value}", which the ignore file excludes`
        find({ instruction: step.instruction, message, range })
      }
    }
  },
}

/** Sources in the build context, not those of a stage or a URL. */
function contextSources({
  instruction,
  uses,
}: LintedStep): readonly { value: string; range: (typeof uses)[0]['range'] }[] {
  if (instruction.kind !== 'copy' && instruction.kind !== 'add') return []
  if (instruction.flags.some(({ name }) => name === 'from')) return []
  const sources = new Set(instruction.sources.map(({ range }) => range))
  return uses.filter(({ value, range }) => sources.has(range) && !isRemote(value))
}

function isRemote(source: string): boolean {
  return /^(?:https?|git|ssh):\/\/|^git@/.test(source)
}
