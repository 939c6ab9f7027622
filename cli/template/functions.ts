import { jsonText } from '../output/json-text.ts'
import { sprintf } from './format-verbs.ts'
import { entryOf, isMap, isTrue, printed, type Value } from './values.ts'

/** Throws plain text: the caller adds the template. */
type TemplateFunction = (...values: readonly Value[]) => Value

const MAX_PADDING = 1e6

/** SPEC: Go's HTMLEscapeString has numbers for the quotes only. */
const HTML_NAMES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

export class FunctionFault extends Error {
  override readonly name = 'FunctionFault'
}

/** SPEC: text/template "Functions", and docker's additions. `and` and `or` short-circuit: evaluate.ts. */
export const templateFunctions: Readonly<Record<string, TemplateFunction>> = {
  not: (value) => !isTrue(value),
  eq: (first, ...others) => others.some((other) => equals(first, other)),
  ne: (a, b) => !equals(a, b),
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
  len: (value) => lengthOf(value),
  index: (value, ...keys) => keys.reduce(entryAt, value),
  slice: (value, from = 0, to = lengthOf(value)) => sliceOf(value, Number(from), Number(to)),
  print: (...values) => joinedPrint(values),
  printf: (format, ...values) => sprintf(textOf('printf', format), values),
  println: (...values) => `${values.map(printed).join(' ')}\n`,
  html: (...values) =>
    joinedPrint(values).replace(/[&<>'"]/g, (mark) => HTML_NAMES[mark] ?? `&#${mark.charCodeAt(0)};`),
  urlquery: (...values) => encodeURIComponent(joinedPrint(values)).replaceAll('%20', '+'),
  js: (...values) => JSON.stringify(joinedPrint(values)).slice(1, -1),
  json: (value) => jsonText(value ?? null),
  split: (text, separator) => textOf('split', text).split(textOf('split', separator)),
  join: (list, separator) => listOf('join', list).map(printed).join(textOf('join', separator)),
  lower: (text) => textOf('lower', text).toLowerCase(),
  upper: (text) => textOf('upper', text).toUpperCase(),
  title: (text) => textOf('title', text).replace(/(?<![\p{L}\p{Nd}'_])\p{L}/gu, (letter) => letter.toUpperCase()),
  pad: (text, before, after) => padText(textOf('pad', text), Number(before), Number(after)),
  truncate: (text, length) => textOf('truncate', text).slice(0, Number(length)),
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
  if (isMap(value)) return Object.keys(value).length
  if (value === undefined || value === null) return 0
  throw new FunctionFault(`${printed(value)} has no length`)
}

/**
 * An index of a list must exist; a map entry may be missing: an empty text in a map of texts, such as labels, as in Go.
 */
function entryAt(value: Value, key: Value): Value {
  if (Array.isArray(value) || typeof value === 'string') {
    if (typeof key !== 'number') throw new FunctionFault(`"${printed(key)}" is not a position in a list`)
    if (key < 0 || key >= value.length)
      throw new FunctionFault(`index ${key} is out of range (the list has ${value.length} elements)`)
    return typeof value === 'string' ? value.charCodeAt(key) : value[key]
  }
  if (isMap(value)) {
    const areTexts = Object.values(value).every((entry) => typeof entry === 'string')
    return entryOf(value, printed(key)) ?? (areTexts ? '' : undefined)
  }
  if (value === undefined || value === null) return undefined
  throw new FunctionFault(`${printed(value)} has no entries`)
}

function sliceOf(value: Value, from: number, to: number): Value {
  if (typeof value !== 'string' && !Array.isArray(value)) throw new FunctionFault(`${printed(value)} cannot be sliced`)
  if (from < 0 || to > value.length || from > to)
    throw new FunctionFault(`slice ${from}:${to} is out of range (the length is ${value.length})`)
  return value.slice(from, to)
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
