import { didYouMean } from '../../notation/index.ts'
import { MAX_DEPTH, templateError } from './errors.ts'
import { FUNCTION_NAMES } from './functions.ts'
import type { Token } from './lex-template.ts'
import type { Operand, Pipeline } from './syntax.ts'

/** Parses the tokens of one action as a pipeline. */
export function parsePipeline(template: string, tokens: readonly Token[]): Pipeline {
  const reader = { template, tokens, at: 0, depth: 0 }
  const assigns = readAssignment(reader)
  const commands = readCommands(reader)
  if (reader.at < tokens.length) throw templateError(template, 'unmatched closing parenthesis')
  return assigns === undefined ? { commands } : { assigns, commands }
}

interface Reader {
  readonly template: string
  readonly tokens: readonly Token[]
  at: number
  depth: number
}

function readAssignment(reader: Reader): Pipeline['assigns'] {
  const [variable, mark] = reader.tokens
  if (variable?.kind !== 'variable' || mark?.kind !== 'mark') return undefined
  if (mark.text !== ':=' && mark.text !== '=') return undefined
  reader.at = 2
  return { variable: variable.name, declares: mark.text === ':=' }
}

/** Up to the closing parenthesis or the end. */
function readCommands(reader: Reader): readonly (readonly Operand[])[] {
  const commands: Operand[][] = [[]]
  for (;;) {
    const token = reader.tokens[reader.at]
    const command = commands.at(-1) ?? []
    const isMark = token?.kind === 'mark'
    if (token === undefined || (isMark && token.text === ')')) {
      if (command.length === 0) throw templateError(reader.template, 'a value is missing')
      return commands
    }
    reader.at += 1
    if (isMark && token.text === '|') {
      if (command.length === 0) throw templateError(reader.template, 'a value is missing before "|"')
      commands.push([])
    } else command.push(readOperand(reader, token))
  }
}

function readOperand(reader: Reader, token: Token): Operand {
  switch (token.kind) {
    case 'string':
    case 'number':
      return { kind: 'literal', value: token.value }
    case 'field':
      return { kind: 'field', path: token.path }
    case 'variable':
      return { kind: 'variable', name: token.name, path: readPath(reader) }
    case 'word':
      return wordOperand(reader, token.text)
    case 'mark':
      if (token.text === '(') return readGroup(reader)
      throw templateError(reader.template, `"${token.text}" is not allowed here`)
  }
}

function wordOperand({ template }: Reader, text: string): Operand {
  if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true' }
  if (text === 'nil') return { kind: 'literal', value: null }
  if (!FUNCTION_NAMES.includes(text))
    throw templateError(template, `unknown function "${text}"`, didYouMean(text, FUNCTION_NAMES))
  return { kind: 'function', name: text }
}

function readGroup(reader: Reader): Operand {
  reader.depth += 1
  if (reader.depth > MAX_DEPTH) throw templateError(reader.template, `nested more than ${MAX_DEPTH} deep`)
  const commands = readCommands(reader)
  reader.depth -= 1
  const close = reader.tokens[reader.at]
  if (close?.kind !== 'mark') throw templateError(reader.template, 'a parenthesis is not closed')
  reader.at += 1
  return { kind: 'group', pipeline: { commands }, path: readPath(reader) }
}

/** `.A.B` right after a variable or a group. */
function readPath(reader: Reader): readonly string[] {
  const next = reader.tokens[reader.at]
  if (next?.kind !== 'field' || !next.glued) return []
  reader.at += 1
  return next.path
}
