import type { Instruction, SourceRange } from '../ast.ts'
import type { LintedFile } from './linted-file.ts'

/** One build check. Its page is docs/checks/<name>.md. */
export interface LintRule {
  readonly name: string
  /** One sentence on what should be so. */
  readonly description: string
  /** Silent unless requested by `# check=experimental=…`. */
  readonly isExperimental?: true
  /** Of stages that are not built nothing is reported. */
  readonly onlyNeededStages?: true
  /** It does not depend on other instructions: it also checks a file with mistakes. */
  readonly isOfOneInstruction?: true
  check(file: LintedFile, find: Find): void
}

/** Takes what a rule has found. The instruction is the one whose comment may silence the rule. */
export type Find = (finding: Finding) => void

export interface Finding {
  readonly instruction: Instruction
  /** `<what was found> (<what is needed>)`, no full stop. */
  readonly message: string
  readonly hint?: string | undefined
  /** The whole instruction without it. */
  readonly range?: SourceRange
  /** What docker points to, where that is not the instruction. */
  readonly instructionRange?: SourceRange
}
