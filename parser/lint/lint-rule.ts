import type { Instruction, SourceRange } from '../ast.ts'
import type { LintedFile } from './linted-file.ts'

/** One build check. Its page is docs/checks/<name>.md. */
export interface LintRule {
  readonly name: string
  /** One sentence stating the rule. */
  readonly description: string
  /** Disabled unless enabled by `# check=experimental=…`. */
  readonly isExperimental?: true
  /** SPEC: comments on instructions have no effect; only the directive at the top of the file disables it. */
  readonly ignoresComments?: true
  /** Does not report stages that are not built. */
  readonly onlyNeededStages?: true
  /** Does not depend on other instructions: also run on a file with errors. */
  readonly isPerInstruction?: true
  check(file: LintedFile, find: Find): void
}

/** Reports a finding, unless a comment disables the rule. */
export type Find = (finding: Finding) => void

export interface Finding {
  readonly instruction: Instruction
  /** The instruction whose comment can disable the rule. Default: `instruction`. */
  readonly configuredBy?: Instruction
  /** `<what was found> (<what is needed>)`, no full stop. */
  readonly message: string
  readonly hint?: string | undefined
  /** Default: the whole instruction. */
  readonly range?: SourceRange
  /** The range that docker reports, if it is not the instruction. */
  readonly instructionRange?: SourceRange
}
