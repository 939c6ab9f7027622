import { createIgnoreMatcher } from '../../dockerignore/match-patterns.ts'
import { cleanPath } from '../../dockerignore/parse-ignore-file.ts'
import type { LintRule } from '../lint-rule.ts'
import type { LintedStep } from '../linted-file.ts'

/** What leaves nothing of the context, so that even COPY . finds nothing. */
const EVERYTHING = new Set(['*', '**', '**/*'])

export const copyIgnoredFile: LintRule = {
  name: 'CopyIgnoredFile',
  description: 'COPY and ADD name no file that the ignore file leaves out of the context',
  onlyNeededStages: true,
  check({ stages, facts }, find) {
    const { ignorePatterns = [] } = facts
    // Below an excluded folder an exception may bring files back: then nothing can be known about a name.
    if (ignorePatterns.some((pattern) => pattern.startsWith('!'))) return
    const isExcluded = createIgnoreMatcher(ignorePatterns)
    const leavesNothing = ignorePatterns.some((pattern) => EVERYTHING.has(pattern))
    for (const step of stages.flatMap(({ steps }) => steps)) {
      for (const { value, range } of contextSources(step)) {
        const path = cleanPath(value)
        // SPEC: BuildKit compares paths as they are written: what begins with a slash matches no pattern of a name.
        if (!(path === '.' || path === '/' ? leavesNothing : isExcluded(path))) continue
        const keyword = step.instruction.kind.toUpperCase()
        const message = `${keyword} names "${value}", which the ignore file excludes`
        find({ instruction: step.instruction, message, range })
      }
    }
  },
}

/** Sources out of the build context: neither those of a stage nor what comes by URL. */
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
