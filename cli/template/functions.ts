import { jsonText } from '../output/json-text.ts'
import { sprintf } from './format-verbs.ts'
import { entryOf, isMap, isTrue, printed, Struct, type Value } from './values.ts'

/** Throws FunctionFault: the caller adds the template. */
type TemplateFunction = (...values: readonly Value[]) => Value

interface TemplateFunctionEntry {
  /** Numbers of arguments. */
  readonly least: number
  readonly most: number
  readonly call: TemplateFunction
}

const MAX_PADDING = 1e6

/** SPEC: Go's HTMLEscapeString has numbers for the quotes only. */
const HTML_NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

export class FunctionFault extends Error {
  override readonly name = 'FunctionFault'
}

/** SPEC: text/template "Functions", and docker's additions. `and` and `or` short-circuit: evaluate.ts. */
const FUNCTIONS = {
  not: takes(1, 1, (value) => !isTrue(value)),
  eq: takes(2, Infinity, (first, ...others) => others.some((other) => equals(first, other))),
  ne: takes(2, 2, (a, b) => !equals(a, b)),
  lt: takes(2, 2, (a, b) => compare(a, b) < 0),
  le: takes(2, 2, (a, b) => compare(a, b) <= 0),
  gt: takes(2, 2, (a, b) => compare(a, b) > 0),
  ge: takes(2, 2, (a, b) => compare(a, b) >= 0),
  len: takes(1, 1, (value) => lengthOf(value)),
  index: takes(1, Infinity, (value, ...keys) => keys.reduce(entryAt, value)),
  slice: takes(1, 3, (value, from, to) => sliceOf(value, from, to)),
  print: takes(0, Infinity, (...values) => joinedPrint(values)),
  printf: takes(1, Infinity, (format, ...values) => sprintf(textOf('printf', format), values)),
  println: takes(0, Infinity, (...values) => `${values.map(printed).join(' ')}\n`),
  html: takes(0, Infinity, (...values) => escapeHtml(joinedPrint(values))),
  urlquery: takes(0, Infinity, (...values) => escapeQuery(joinedPrint(values))),
  js: takes(0, Infinity, (...values) => escapeScript(joinedPrint(values))),
  json: takes(1, 1, (value) => jsonText(value ?? null)),
  split: takes(2, 2, (text, separator) => textOf('split', text).split(textOf('split', separator))),
  join: takes(2, 2, (list, separator) => listOf('join', list).map(printed).join(textOf('join', separator))),
  lower: takes(1, 1, (text) => textOf('lower', text).toLowerCase()),
  upper: takes(1, 1, (text) => textOf('upper', text).toUpperCase()),
  title: takes(1, 1, (text) => titleCase(textOf('title', text))),
  pad: takes(3, 3, (text, before, after) => padText(textOf('pad', text), Number(before), Number(after))),
  truncate: takes(2, 2, (text, length) => truncated(textOf('truncate', text), positionOf('truncate', length))),
}

export const FUNCTION_NAMES: readonly string[] = [...Object.keys(FUNCTIONS), 'and', 'or']

export function callTemplateFunction(name: string, values: readonly Value[]): Value {
  const known = Object.entries(FUNCTIONS).find(([each]) => each === name)?.[1]
  if (known === undefined) throw new FunctionFault(`unknown function "${name}"`)
  const { least, most, call } = known
  if (values.length >= least && values.length <= most) return call(...values)
  const wanted = least === most ? `${least}` : most === Infinity ? `at least ${least}` : `${least} to ${most}`
  throw new FunctionFault(`wrong number of arguments for "${name}": ${values.length} (expected ${wanted})`)
}

function takes(least: number, most: number, call: TemplateFunction): TemplateFunctionEntry {
  return { least, most, call }
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>'"]/g, (mark) => HTML_NAMES[mark] ?? `&#${mark.charCodeAt(0)};`)
}

function escapeQuery(text: string): string {
  return encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** SPEC: text/template, JSEscapeString. */
function escapeScript(text: string): string {
  return text.replace(/[\\'"]/g, '\\$&').replace(/[<>&=\p{Cc}]/gu, (mark) => {
    const code = mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')
    return `\\u${code}`
  })
}

/** SPEC: Go, strings.Title: a word begins after any ASCII character other than a letter, digit or underscore. */
function titleCase(text: string): string {
  return text.replace(/(?<![\w\p{L}\p{Nd}]|[^\p{ASCII}\s])\p{L}/gu, (letter) => letter.toUpperCase())
}

/** Go inserts a space between two operands if neither is a string. */
function joinedPrint(values: readonly Value[]): string {
  return values.reduce<string>((text, value, index) => {
    const needsSpace = index > 0 && typeof value !== 'string' && typeof values[index - 1] !== 'string'
    return `${text}${needsSpace ? ' ' : ''}${printed(value)}`
  }, '')
}

function padText(text: string, before: number, after: number): string {
  for (const count of [before, after])
    if (!(count >= 0 && count <= MAX_PADDING)) throw new FunctionFault(`cannot pad with ${count} spaces`)
  return text === '' ? '' : `${' '.repeat(before)}${text}${' '.repeat(after)}`
}

function equals(a: Value, b: Value): boolean {
  if ((a ?? null) === null || (b ?? null) === null) return (a ?? null) === (b ?? null)
  if (typeof a !== typeof b) throw new FunctionFault(`${printed(a)} and ${printed(b)} cannot be compared`)
  return a === b
}

function compare(a: Value, b: Value): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0
  throw new FunctionFault(`${printed(a)} and ${printed(b)} cannot be compared`)
}

function lengthOf(value: Value): number {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (Array.isArray(value)) return value.length
  if (isMap(value) && !(value instanceof Struct)) return Object.keys(value).length
  if (value === undefined || value === null) return 0
  throw new FunctionFault(`${printed(value)} has no length`)
}

/**
 * An index of a list must exist; a map entry may be missing: an empty text in a map of texts, such as labels, as in Go.
 */
function entryAt(value: Value, key: Value): Value {
  if (Array.isArray(value) || typeof value === 'string') {
    if (typeof key !== 'number') throw new FunctionFault(`"${printed(key)}" is not a position in a list`)
    const items = typeof value === 'string' ? Buffer.from(value) : value
    if (key < 0 || key >= items.length)
      throw new FunctionFault(`index ${key} is out of range (the list has ${items.length} elements)`)
    return items[key]
  }
  if (isMap(value)) {
    if (typeof key !== 'string') throw new FunctionFault(`${printed(key)} is not a key of a map (expected a string)`)
    const areTexts = Object.values(value).every((entry) => typeof entry === 'string')
    return entryOf(value, key) ?? (areTexts ? '' : undefined)
  }
  if (value === undefined || value === null) return undefined
  throw new FunctionFault(`${printed(value)} has no entries`)
}

/** SPEC: positions in a string count bytes. */
function sliceOf(value: Value, first: Value, last: Value): Value {
  if (typeof value !== 'string' && !Array.isArray(value)) throw new FunctionFault(`${printed(value)} cannot be sliced`)
  const items = typeof value === 'string' ? Buffer.from(value) : value
  const from = first === undefined ? 0 : positionOf('slice', first)
  const to = last === undefined ? items.length : positionOf('slice', last)
  if (to > items.length || from > to)
    throw new FunctionFault(`slice ${from}:${to} is out of range (the length is ${items.length})`)
  return Buffer.isBuffer(items) ? items.toString('utf8', from, to) : items.slice(from, to)
}

function truncated(text: string, length: number): string {
  return Buffer.from(text).toString('utf8', 0, length)
}

function positionOf(name: string, value: Value): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw new FunctionFault(`"${name}" requires a position, not ${printed(value)}`)
}

function textOf(name: string, value: Value): string {
  if (typeof value === 'string') return value
  if (value === undefined) return ''
  throw new FunctionFault(`"${name}" requires a string, not ${printed(value)}`)
}

function listOf(name: string, value: Value): readonly Value[] {
  if (Array.isArray(value)) return value
  if (value === undefined || value === null) return []
  throw new FunctionFault(`"${name}" requires a list, not ${printed(value)}`)
}
