import type { Dockerfile, Instruction, SourceRange } from '../ast.ts'
import type { Diagnostic, Report } from '../diagnostics.ts'
import { type CheckOptions, parseCheckOptions, withCommentOptions } from './check-options.ts'
import type { LintFacts } from './lint-facts.ts'
import type { Finding, LintRule } from './lint-rule.ts'
import { type LintedFile, readLintedFile } from './linted-file.ts'
import { LINT_RULES } from './rule-table.ts'

export interface LintReport {
  /** One for each breach, its code the name of the rule, in the order of the text; wrong check options besides. */
  readonly findings: readonly Diagnostic[]
  /** True if there are findings and `# check=error=true` asks that they fail the build. */
  readonly isError: boolean
}

/** Holds a Dockerfile against all build checks that its `# check=` directive and its comments leave on. */
export function lintDockerfile(dockerfile: Dockerfile, facts: LintFacts = {}): LintReport {
  const findings: Diagnostic[] = []
  const report: Report = (diagnostic) => findings.push(diagnostic)
  const top: SourceRange = dockerfile.directives.checkRange ?? START
  const options = parseCheckOptions(facts.check ?? dockerfile.directives.check ?? '', top, report)
  const own = new Map(instructionsOf(dockerfile).map((each) => [each, withCommentOptions(options, each, report)]))
  const file = readLintedFile(dockerfile, facts)
  for (const rule of LINT_RULES) {
    rule.check(file, (finding) => {
      if (!isLookedAt(file, finding) || !isOn(rule, own.get(finding.instruction) ?? options)) return
      report(diagnosticOf(rule, finding, options))
    })
  }
  findings.sort(byPlace)
  return { findings, isError: options.isError && findings.length > 0 }
}

const START: SourceRange = { start: { line: 1, column: 1 }, end: { line: 1, column: 2 } }

function instructionsOf({ globalArgs, stages }: Dockerfile): readonly Instruction[] {
  return [...globalArgs, ...stages.flatMap(({ from, instructions }) => [from, ...instructions])]
}

function diagnosticOf(rule: LintRule, finding: Finding, options: CheckOptions): Diagnostic {
  const { message, hint, range = finding.instruction.range } = finding
  const severity = options.isError ? 'error' : 'warning'
  return { code: rule.name, severity, message, range, ...(hint !== undefined && { hint }) }
}

function isOn(rule: LintRule, options: CheckOptions): boolean {
  if (rule.isExperimental === true) return options.experimentalAll || options.experimental.has(rule.name)
  return !options.skipAll && !options.skip.has(rule.name)
}

/** Global arguments belong to every stage. */
function isLookedAt({ facts, dockerfile }: LintedFile, { instruction }: Finding): boolean {
  if (facts.stages === undefined) return true
  const stage = dockerfile.stages.find(
    ({ from, instructions }) => from === instruction || instructions.some((other) => other === instruction),
  )
  return stage === undefined || facts.stages.includes(stage.index)
}

function byPlace({ range: a }: Diagnostic, { range: b }: Diagnostic): number {
  return a.start.line - b.start.line || a.start.column - b.start.column
}
