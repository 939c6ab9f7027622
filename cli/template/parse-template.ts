import { MAX_DEPTH, templateError } from './errors.ts'
import { lexTemplate, type Piece, type Token } from './lex-template.ts'
import { parsePipeline } from './parse-pipeline.ts'
import type { Block, TemplateNode } from './syntax.ts'

/** Parses a template. Throws CLI_TEMPLATE. */
export function parseTemplate(template: string): Block {
  const reader = { template, pieces: lexTemplate(template), at: 0, depth: 0, bodies: [] }
  const { block, end } = parseBlock(reader)
  if (end !== '') throw templateError(template, `unexpected {{${end}}}`)
  return block
}

interface Reader {
  readonly template: string
  readonly pieces: readonly Piece[]
  at: number
  depth: number
  /** Keywords of the bodies around the current piece. */
  readonly bodies: string[]
}

interface ParsedBlock {
  readonly block: Block
  /** The keyword that ended it, and the text after the keyword. */
  readonly end: string
  readonly rest: readonly Token[]
}

/** Up to `{{end}}`, `{{else}}`, or the end of the template. */
function parseBlock(reader: Reader): ParsedBlock {
  const block: TemplateNode[] = []
  for (;;) {
    const piece = reader.pieces[reader.at]
    reader.at += 1
    if (piece === undefined) return { block, end: '', rest: [] }
    if (piece.kind === 'text') {
      block.push(piece)
      continue
    }
    const [first, ...rest] = piece.tokens
    if (first === undefined) throw templateError(reader.template, 'an action is empty')
    const word = first.kind === 'word' ? first.text : ''
    if (word === 'end' || word === 'else') return { block, end: word, rest }
    block.push(parseAction(reader, word, piece.tokens))
  }
}

function parseAction(reader: Reader, word: string, tokens: readonly Token[]): TemplateNode {
  const { template } = reader
  switch (word) {
    case 'if':
    case 'with':
    case 'range':
      return parseControl(reader, word, tokens.slice(1))
    case 'break':
    case 'continue':
      if (!reader.bodies.includes('range')) throw templateError(template, `{{${word}}} is only allowed inside a range`)
      return { kind: word }
    case 'define':
    case 'template':
    case 'block':
      throw templateError(template, `{{${word}}} is not supported`)
    default:
      return { kind: 'print', pipeline: parsePipeline(template, tokens) }
  }
}

function parseControl(reader: Reader, kind: 'if' | 'with' | 'range', tokens: readonly Token[]): TemplateNode {
  const { template } = reader
  reader.depth += 1
  if (reader.depth > MAX_DEPTH) throw templateError(template, `nested more than ${MAX_DEPTH} deep`)
  const { variables, rest } = kind === 'range' ? rangeVariables(tokens) : { variables: [], rest: tokens }
  const pipeline = parsePipeline(template, rest)
  reader.bodies.push(kind)
  const body = parseBlock(reader)
  reader.bodies.pop()
  const otherwise = parseElse(reader, kind, body)
  reader.depth -= 1
  const parts = { pipeline, body: body.block, otherwise }
  return kind === 'range' ? { kind, variables, ...parts } : { kind, ...parts }
}

function parseElse(reader: Reader, kind: string, body: ParsedBlock): Block {
  if (body.end === 'end') return []
  if (body.end === '') throw templateError(reader.template, `{{${kind}}} has no {{end}}`)
  const [next] = body.rest
  if (next === undefined) {
    const otherwise = parseBlock(reader)
    if (otherwise.end !== 'end') throw templateError(reader.template, `{{${kind}}} has no {{end}}`)
    return otherwise.block
  }
  if (next.kind === 'word' && (next.text === 'if' || next.text === 'with')) {
    return [parseControl(reader, next.text, body.rest.slice(1))]
  }
  throw templateError(reader.template, '{{else}} is followed by something other than if')
}

/** `$i, $e := ` before the operand of `range`. */
function rangeVariables(tokens: readonly Token[]): { variables: readonly string[]; rest: readonly Token[] } {
  const end = tokens.findIndex((token) => token.kind === 'mark' && token.text === ':=')
  const names = tokens.slice(0, Math.max(0, end))
  const variables = names.flatMap((token) => (token.kind === 'variable' ? [token.name] : []))
  const isList = names.every((token) => token.kind === 'variable' || (token.kind === 'mark' && token.text === ','))
  return end < 1 || !isList || variables.length > 2
    ? { variables: [], rest: tokens }
    : { variables, rest: tokens.slice(end + 1) }
}
