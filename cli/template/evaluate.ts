import { suggest } from '../../notation/index.ts'
import { templateError } from './errors.ts'
import { callTemplateFunction, FunctionFault } from './functions.ts'
import { parseTemplate } from './parse-template.ts'
import type { Block, Operand, Pipeline, TemplateNode } from './syntax.ts'
import { entryOf, fieldsOf, isMap, isMethod, isTrue, printed, Struct, type Value } from './values.ts'

/**
 * Parses the template once; the result evaluates it for a value and passes each printed text through `show`. Both throw
 * CLI_TEMPLATE.
 */
export function compileTemplate(template: string, show = (text: string) => text): (value: Value) => string {
  const block = parseTemplate(template)
  return (root) => {
    const state: State = { template, root, show, output: [] }
    runBlock(state, block, { dot: root, variables: [['$', root]] })
    return state.output.join('')
  }
}

const MAX_COUNT = 1e6

interface State {
  readonly template: string
  readonly root: Value
  readonly show: (text: string) => string
  readonly output: string[]
}

interface Scope {
  readonly dot: Value
  /** Innermost last. */
  readonly variables: [string, Value][]
}

type Jump = 'break' | 'continue' | undefined

function runBlock(state: State, block: Block, scope: Scope): Jump {
  const inner = { dot: scope.dot, variables: [...scope.variables] }
  for (const node of block) {
    const jump = runNode(state, node, inner)
    if (jump !== undefined) return jump
  }
  return undefined
}

function runNode(state: State, node: TemplateNode, scope: Scope): Jump {
  switch (node.kind) {
    case 'text':
      state.output.push(node.text)
      return undefined
    case 'print': {
      const value = runPipeline(state, node.pipeline, scope)
      if (node.pipeline.assigns === undefined) state.output.push(state.show(printed(value)))
      return undefined
    }
    case 'if':
    case 'with': {
      const inner = { dot: scope.dot, variables: [...scope.variables] }
      const value = runPipeline(state, node.pipeline, inner)
      if (!isTrue(value)) return runBlock(state, node.otherwise, inner)
      return runBlock(state, node.body, node.kind === 'with' ? { ...inner, dot: value } : inner)
    }
    case 'range':
      return runRange(state, node, scope)
    default:
      return node.kind
  }
}

function runRange(state: State, node: Extract<TemplateNode, { kind: 'range' }>, scope: Scope): Jump {
  const entries = entriesOf(state, runPipeline(state, node.pipeline, scope))
  if (entries.length === 0) return runBlock(state, node.otherwise, scope)
  const [first, second] = node.variables
  for (const [key, element] of entries) {
    const named: [string, Value][] =
      first === undefined
        ? []
        : second === undefined
          ? [[first, element]]
          : [
              [first, key],
              [second, element],
            ]
    const jump = runBlock(state, node.body, { dot: element, variables: [...scope.variables, ...named] })
    if (jump === 'break') break
  }
  return undefined
}

/** Entries of maps are sorted by key, as in Go. */
function entriesOf(state: State, value: Value): readonly (readonly [Value, Value])[] {
  if (Array.isArray(value)) return value.map((element, index) => [index, element] as const)
  if (typeof value === 'number' && Number.isInteger(value))
    return Array.from({ length: countOf(state, value) }, (_, index) => [index, index] as const)
  if (isMap(value) && !(value instanceof Struct))
    return Object.keys(value)
      .sort()
      .map((key) => [key, value[key]] as const)
  if (value === undefined || value === null) return []
  throw templateError(state.template, `${printed(value)} is not a list`)
}

function countOf({ template }: State, count: number): number {
  if (count > MAX_COUNT) throw templateError(template, `${count} iterations are too many (at most ${MAX_COUNT})`)
  return Math.max(0, count)
}

function runPipeline(state: State, pipeline: Pipeline, scope: Scope): Value {
  let value: Value
  let piped: readonly Value[] = []
  for (const command of pipeline.commands) {
    value = runCommand(state, { operands: command, piped }, scope)
    piped = [value]
  }
  const { assigns } = pipeline
  if (assigns !== undefined) assign({ ...state, ...scope }, assigns, value)
  return value
}

function assign({ template, variables }: State & Scope, to: NonNullable<Pipeline['assigns']>, value: Value): void {
  if (to.declares) {
    variables.push([to.variable, value])
    return
  }
  const known = variables.findLast(([name]) => name === to.variable)
  if (known === undefined) throw templateError(template, `undefined variable ${to.variable}`)
  known[1] = value
}

interface CommandInput {
  readonly operands: readonly Operand[]
  readonly piped: readonly Value[]
}

function runCommand(state: State, { operands, piped }: CommandInput, scope: Scope): Value {
  const [first, ...rest] = operands
  if (first?.kind === 'function') return callFunction(state, { name: first.name, rest, piped }, scope)
  const value = first === undefined ? undefined : valueOfOperand(state, first, scope)
  const values = [...rest.map((operand) => valueOfOperand(state, operand, scope)), ...piped]
  if (isMethod(value)) return value(values.map(printed).join(' '))
  if (values.length > 0) throw templateError(state.template, 'an argument is passed to a value that is not a function')
  return value
}

interface FunctionCall {
  readonly name: string
  readonly rest: readonly Operand[]
  readonly piped: readonly Value[]
}

function callFunction(state: State, { name, rest, piped }: FunctionCall, scope: Scope): Value {
  if (name === 'and' || name === 'or') {
    if (rest.length + piped.length === 0)
      throw templateError(state.template, `wrong number of arguments for "${name}": 0 (expected at least 1)`)
    let value: Value
    for (const operand of rest) {
      value = valueOfOperand(state, operand, scope)
      if (isTrue(value) === (name === 'or')) return value
    }
    return piped.length > 0 ? piped[0] : value
  }
  const values = [...rest.map((operand) => valueOfOperand(state, operand, scope)), ...piped]
  try {
    return callTemplateFunction(name, values)
  } catch (fault) {
    if (fault instanceof FunctionFault) throw templateError(state.template, fault.message)
    throw fault
  }
}

function valueOfOperand(state: State, operand: Operand, scope: Scope): Value {
  switch (operand.kind) {
    case 'literal':
      return operand.value
    case 'field':
      return follow(state, scope.dot, operand.path)
    case 'variable': {
      const known = scope.variables.findLast(([name]) => name === operand.name)
      if (known === undefined) throw templateError(state.template, `undefined variable ${operand.name}`)
      return follow(state, known[1], operand.path)
    }
    case 'group':
      return follow(state, runPipeline(state, operand.pipeline, scope), operand.path)
    case 'function':
      return callFunction(state, { name: operand.name, rest: [], piped: [] }, scope)
  }
}

/** A missing entry of a map is `<no value>`, as in Go; for a struct, nil or the root it is an error. */
function follow(state: State, from: Value, path: readonly string[]): Value {
  let value = from
  for (const name of path) {
    const isKnown = isMap(value) && Object.hasOwn(value, name)
    if (!isKnown && value instanceof Struct) throw unknownField(state, name, fieldsOf(value))
    if (!isKnown && value === state.root && isMap(value)) throw unknownField(state, name, Object.keys(value))
    if (!isKnown && !isMap(value)) throw templateError(state.template, `no field "${name}" in ${printed(value)}`)
    value = entryOf(value, name)
  }
  return value
}

function unknownField(state: State, name: string, fields: readonly string[]): Error {
  const near = fields.find((field) => field.toLowerCase() === name.toLowerCase()) ?? suggest(name, fields)
  return templateError(
    state.template,
    `unknown field "${name}"`,
    near === undefined ? `Use one of ${fields.join(', ')}` : `Did you mean ".${near}"?`,
  )
}
