import type { Heredoc, Instruction } from './ast.ts'
import { problem, type Report } from './diagnostics.ts'
import type { RawInstruction } from './grammar/dockerfile-grammar.ts'
import { parseLine } from './grammar/parse-line.ts'
import { parseTypedInstruction } from './instructions/instruction-table.ts'
import { type HeredocMark, heredocMarksIn, heredocOf, isTerminatorOf } from './source/heredoc.ts'
import type { LogicalLine } from './source/logical-line.ts'
import type { LogicalLines } from './source/logical-lines.ts'

export interface NextInstruction {
  /** Undefined after an error, which is reported. */
  readonly instruction: Instruction | undefined
  readonly keyword: string
}

interface Options {
  readonly escape: '\\' | '`'
  readonly report: Report
}

/** Parses one instruction with its heredocs; undefined at the end of the text. */
export function parseNextInstruction(lines: LogicalLines, options: Options): NextInstruction | undefined {
  const line = lines.next()
  if (line === undefined) return undefined
  const { instruction: raw, error } = parseLine(line.text, options.escape)
  if (raw === undefined) {
    const range = line.range(error.start, error.end)
    const found = error.found === '' ? 'the line ends too early' : `"${error.found}" is unexpected here`
    const message = `Cannot parse the instruction: ${found}`
    options.report(problem({ code: 'PARSE_SYNTAX', message, range }))
    return { instruction: undefined, keyword: '' }
  }
  const keyword = raw.keyword.image
  const bodies = mayHoldHeredocs(raw) ? readBodies(lines, line, options.report) : []
  if (bodies === undefined) return { instruction: undefined, keyword }
  const heredocs: Heredoc[] = bodies.map(({ mark, body }) => heredocOf(mark, body, line))
  const raws = bodies.map(({ mark, body }) => ({ name: mark.name, body }))
  return { instruction: parseTypedInstruction({ ...options, line, raw, start: 0, heredocs, bodies: raws }), keyword }
}

/** SPEC: RUN, COPY and ADD, or one of them after ONBUILD; never in JSON form. */
function mayHoldHeredocs(raw: RawInstruction): boolean {
  if (raw.arguments.shape === 'instruction') {
    const { instruction } = raw.arguments
    return instruction.arguments.shape !== 'instruction' && mayHoldHeredocs(instruction)
  }
  return raw.arguments.shape !== 'json' && /^(?:run|copy|add)$/i.test(raw.keyword.image)
}

interface MarkedBody {
  readonly mark: HeredocMark
  readonly body: string
}

function readBodies(lines: LogicalLines, line: LogicalLine, report: Report): readonly MarkedBody[] | undefined {
  const bodies: MarkedBody[] = []
  for (const mark of heredocMarksIn(line.text)) {
    const body = lines.readBody((text) => isTerminatorOf(mark, text))
    if (body === undefined) {
      const { range } = heredocOf(mark, '', line)
      const message = `Cannot read the heredoc "${mark.text}": not terminated (expected a line with only "${mark.name}")`
      report(problem({ code: 'PARSE_UNTERMINATED_HEREDOC', message, range }))
      return undefined
    }
    bodies.push({ mark, body })
  }
  return bodies
}
