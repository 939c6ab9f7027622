import type { Dockerfile, Instruction, SourceRange } from '../ast.ts'
import { findTarget, reachableStages } from '../describe/reachable-stages.ts'
import type { Diagnostic, Report } from '../diagnostics.ts'
import { rangeWithHeredocs } from '../source/heredoc.ts'
import { type CheckOptions, parseCheckOptions, withCommentOptions } from './check-options.ts'
import type { LintFacts } from './lint-facts.ts'
import type { Finding, LintRule } from './lint-rule.ts'
import { type LintedFile, readLintedFile } from './linted-file.ts'
import { LINT_RULES } from './rule-table.ts'

export interface LintReport {
  /** One per violation, with the rule's name as code, in text order; includes invalid check options. */
  readonly findings: readonly Diagnostic[]
  /** True if there are findings and `# check=error=true` is set. */
  readonly isError: boolean
}

/** Runs all build checks that the `# check=` directive and comments leave enabled. */
export function lintDockerfile(dockerfile: Dockerfile, facts: LintFacts = {}): LintReport {
  const findings: Diagnostic[] = []
  const report: Report = (diagnostic) => findings.push(diagnostic)
  const top: SourceRange = dockerfile.directives.checkRange ?? START
  const [directive = ''] = dockerfile.directives.check?.split(/\s/) ?? [] // as in BuildKit, it ends at its first blank
  const options = parseCheckOptions(facts.check ?? directive, top, report)
  const byComment = new Map(instructionsOf(dockerfile).map((each) => [each, withCommentOptions(options, each)]))
  const file = readLintedFile(dockerfile, facts)
  const unneeded = unneededInstructions(file)
  const triggered = new Set(
    file.stages.flatMap(({ steps }) =>
      steps.filter(({ isTriggered }) => isTriggered).map(({ instruction }): Instruction => instruction),
    ),
  )
  const rules = LINT_RULES.filter(({ isPerInstruction }) => facts.isIncomplete !== true || isPerInstruction)
  for (const rule of rules) {
    rule.check(file, (finding) => {
      if (rule.onlyNeededStages === true && unneeded.has(finding.instruction)) return
      const own = rule.ignoresComments === true ? undefined : byComment.get(finding.configuredBy ?? finding.instruction)
      if (!isOn(rule, own ?? options)) return
      report(diagnosticOf(rule, triggered.has(finding.instruction) ? atInstruction(finding) : finding, options))
    })
  }
  findings.sort(byPlace)
  return { findings, isError: options.isError && findings.length > 0 }
}

const START: SourceRange = { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } }

function instructionsOf({ globalArgs, stages }: Dockerfile): readonly Instruction[] {
  return [...globalArgs, ...stages.flatMap(({ from, instructions }) => [from, ...instructions])]
}

/** The words of a trigger are in another file. */
function atInstruction({ range: _, instructionRange: __, ...finding }: Finding): Finding {
  return { ...finding, instructionRange: finding.instruction.range }
}

function diagnosticOf(rule: LintRule, finding: Finding, options: CheckOptions): Diagnostic {
  const { message, hint, range = finding.instruction.range } = finding
  const instructionRange = finding.instructionRange ?? rangeWithHeredocs(finding.instruction)
  const severity = options.isError ? 'error' : 'warning'
  const found = { code: rule.name, severity, message, range, instructionRange, rule: rule.description } as const
  return { ...found, ...(hint !== undefined && { hint }) }
}

function isOn(rule: LintRule, options: CheckOptions): boolean {
  if (rule.isExperimental === true) return options.experimentalAll || options.experimental.has(rule.name)
  return !options.skipAll && !options.skip.has(rule.name)
}

/**
 * Instructions of stages that the target does not need. Even if all stages are checked, triggers do not run in them.
 */
function unneededInstructions({ dockerfile, facts, globals, stages }: LintedFile): ReadonlySet<Instruction> {
  const target = findTarget(dockerfile, facts.target)
  if (target === undefined) return new Set()
  const needed = reachableStages(dockerfile, target, globals)
  const others = stages.filter(({ stage }) => !needed.has(stage.index))
  return new Set(
    others.flatMap(({ stage, steps }): Instruction[] => {
      const skipped = steps.filter(({ isTriggered }) => isTriggered || facts.target !== undefined)
      return [...(facts.target === undefined ? [] : [stage.from]), ...skipped.map(({ instruction }) => instruction)]
    }),
  )
}

function byPlace({ range: a }: Diagnostic, { range: b }: Diagnostic): number {
  return a.start.line - b.start.line || a.start.column - b.start.column
}
