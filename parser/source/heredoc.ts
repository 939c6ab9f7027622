import type { Heredoc, Instruction, SourceRange } from '../ast.ts'
import { expandWord } from '../expand/expand.ts'
import type { LogicalLine } from './logical-line.ts'

/** `<<EOF` on the line; its body follows. */
export interface HeredocMark {
  readonly name: string
  readonly expand: boolean
  readonly stripTabs: boolean
  readonly descriptor: number
  /** As written. */
  readonly text: string
}

const NOTHING = { get: () => undefined }
const LITERAL = { keepUnset: true } as const

/** SPEC: digits, `<<`, optionally `-`, and one shell word without `<`; the escape character is always backslash. */
export function parseHeredocMark(text: string): HeredocMark | undefined {
  const match = /^(\d*)<<(-?)\s*([^<]*)$/.exec(text)
  const delimiter = match?.[3]
  if (match === null || delimiter === undefined) return undefined
  const bare = expandWord(delimiter, NOTHING, LITERAL)
  const written = expandWord(delimiter, NOTHING, { ...LITERAL, keepQuotes: true })
  if (bare.problem !== undefined || written.problem !== undefined) return undefined
  const name = bare.words[0]
  if (name === undefined || bare.words.length !== 1) return undefined
  return {
    name,
    expand: countQuotes(name) === countQuotes(written.value),
    stripTabs: match[2] === '-',
    descriptor: Number(match[1] || 0),
    text,
  }
}

/** SPEC: every word of the line counts, including keyword and flags; a line that is not valid shell text has none. */
export function heredocMarksIn(line: string): readonly HeredocMark[] {
  if (!line.includes('<<')) return []
  const words = expandWord(line, NOTHING, { keepQuotes: true, keepEscapes: true, keepUnset: true })
  if (words.problem !== undefined) return []
  return words.words.map(parseHeredocMark).filter((mark) => mark !== undefined)
}

export function isTerminatorOf(mark: HeredocMark, line: string): boolean {
  return (mark.stripTabs ? line.replace(/^\t+/, '') : line) === mark.name
}

export function heredocOf(mark: HeredocMark, body: string, line: LogicalLine): Heredoc {
  const start = Math.max(0, line.text.indexOf(mark.text))
  const content = mark.stripTabs ? body.replace(/^\t+/gm, '') : body
  return {
    name: mark.name,
    content,
    ...(content !== body && { written: body }),
    expand: mark.expand,
    stripTabs: mark.stripTabs,
    descriptor: mark.descriptor,
    range: line.range(start, start + mark.text.length),
  }
}

/** The range of an instruction with the bodies of its heredocs, each with its terminator line. */
export function rangeWithHeredocs(instruction: Instruction): SourceRange {
  const { start, end } = instruction.range
  if (!('heredocs' in instruction) || instruction.heredocs.length === 0) return instruction.range
  const lines = instruction.heredocs.map(({ content }) => content.split('\n').length)
  return { start, end: { line: lines.reduce((last, count) => last + count, end.line), column: 2 } }
}

function countQuotes(text: string): number {
  return text.length - text.replace(/["']/g, '').length
}
