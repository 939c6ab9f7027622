import type { ArgInstruction, Dockerfile, Instruction, Stage, StageInstruction } from './ast.ts'
import { type Diagnostic, problem, type Report } from './diagnostics.ts'
import { parseNextInstruction } from './parse-next-instruction.ts'
import { parseDirectives } from './source/directives.ts'
import { LogicalLines } from './source/logical-lines.ts'

export interface ParseOptions {
  /** Overrides `# syntax=`, like the build argument BUILDKIT_SYNTAX. */
  readonly syntax?: string
}

export interface ParseResult {
  /** Undefined if there is any error. */
  readonly dockerfile?: Dockerfile
  /** What could be parsed of a text with errors. */
  readonly incomplete?: Dockerfile
  /** Errors and warnings in text order. */
  readonly diagnostics: readonly Diagnostic[]
}

/** Parses a whole Dockerfile. Never throws: problems are reported as diagnostics. */
export function parseDockerfile(text: string, options: ParseOptions = {}): ParseResult {
  const diagnostics: Diagnostic[] = []
  const report: Report = (diagnostic) => diagnostics.push(diagnostic)
  const { directives, escape: escapeBy, lineCount } = parseDirectives(text, report, options.syntax)
  const lines = new LogicalLines(text, { escape: escapeBy, directiveLines: lineCount, report })
  const parts = new DockerfileParts(report)
  for (let next = parseNextInstruction(lines, { escape: escapeBy, report }); next !== undefined; ) {
    if (next.instruction !== undefined) parts.add(next.instruction)
    else parts.addBroken(next.keyword)
    next = parseNextInstruction(lines, { escape: escapeBy, report })
  }
  if (diagnostics.every(({ severity }) => severity !== 'error')) parts.checkComplete()
  const dockerfile = { directives, escape: escapeBy, ...parts.finish() }
  const isWrong = diagnostics.some(({ severity }) => severity === 'error')
  return isWrong ? { incomplete: dockerfile, diagnostics } : { dockerfile, diagnostics }
}

/** Sorts instructions into global arguments and stages. */
class DockerfileParts {
  readonly #report: Report
  readonly #globalArgs: ArgInstruction[] = []
  readonly #stages: (Omit<Stage, 'instructions'> & { readonly instructions: StageInstruction[] })[] = []
  /** An invalid FROM still starts a stage, so that the following instructions are not reported as outside of one. */
  #hasBrokenStage = false

  constructor(report: Report) {
    this.#report = report
  }

  add(instruction: Instruction): void {
    if (instruction.kind === 'from') {
      const name = instruction.as?.text.toLowerCase()
      const index = this.#stages.length
      this.#stages.push({ from: instruction, ...(name !== undefined && { name }), index, instructions: [] })
      return
    }
    const stage = this.#stages.at(-1)
    if (stage !== undefined) stage.instructions.push(instruction)
    else if (instruction.kind === 'arg') this.#globalArgs.push(instruction)
    else if (!this.#hasBrokenStage) this.#reportHomeless(instruction)
  }

  addBroken(keyword: string): void {
    if (keyword.toLowerCase() === 'from') this.#hasBrokenStage = true
  }

  checkComplete(): void {
    if (this.#stages.length > 0) return
    const start = { line: 1, column: 1 }
    const found = this.#globalArgs.length > 0 ? 'it has no FROM' : 'it has no instructions'
    const message = `Cannot build from the Dockerfile: ${found} (expected at least one FROM)`
    this.#report(problem({ code: 'PARSE_NO_STAGE', message, range: { start, end: { line: 1, column: 2 } } }))
  }

  finish(): Pick<Dockerfile, 'globalArgs' | 'stages'> {
    return { globalArgs: this.#globalArgs, stages: this.#stages }
  }

  #reportHomeless(instruction: StageInstruction): void {
    const message = `Cannot use "${instruction.keyword.toUpperCase()}": not allowed before the first FROM (expected ARG or FROM)`
    this.#report(problem({ code: 'PARSE_BEFORE_FROM', message, range: instruction.range, hint: 'Put a FROM above it' }))
    this.#hasBrokenStage = true
  }
}
