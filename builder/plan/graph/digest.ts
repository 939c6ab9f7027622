import { digestOf } from '../../../image-spec/index.ts'
import type { Operation } from './operation.ts'

/** Digest of the operation alone, without its inputs. */
export function operationDigest(operation: Operation): string {
  return digestOf(canonicalJson(operation))
}

/** Digest of a node: its operation and the digests of its inputs, in order. */
export function nodeDigest(operation: Operation, inputDigests: readonly string[]): string {
  return digestOf(`${canonicalJson(operation)}\n${inputDigests.join('\n')}`)
}

/** JSON with sorted keys and no whitespace; undefined fields are omitted, so that absent and undefined are equal. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return canonicalList(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  return canonicalFields(value)
}

/** A single loop and string: planning a long file spends most of its time here. */
function canonicalFields(record: object): string {
  const fields: Readonly<Record<string, unknown>> = { ...record }
  let text = ''
  for (const key of Object.keys(fields).sort()) {
    const field = fields[key]
    if (field !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(field)}`
  }
  return `{${text}}`
}

/** Fast path for lists of strings, such as a long environment. */
function canonicalList(items: readonly unknown[]): string {
  if (items.every((item) => typeof item === 'string')) return JSON.stringify(items)
  return `[${items.map(canonicalJson).join(',')}]`
}
