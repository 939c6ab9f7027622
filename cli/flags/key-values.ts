import { splitPair } from '../../notation/index.ts'
import { usageError } from '../errors.ts'

/** `KEY=value` flags as a record; the last value counts. */
export function keyValues(flag: string, values: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(values.map((text) => namedPair(flag, text, '')))
}

/** Labels of containers and volumes: as in docker, their keys contain no white space. */
export function labelValues(flag: string, values: readonly string[]): Readonly<Record<string, string>> {
  const pairs = keyValues(flag, values)
  const bad = Object.keys(pairs).find((key) => /\s/.test(key))
  if (bad !== undefined) throw usageError(`Cannot read "${flag}": the key "${bad}" contains white space`)
  return pairs
}

/** Like `keyValues`, but a bare `KEY` takes its value from the environment, and is omitted if it is not set. */
export function keyValuesFromEnv(
  flag: string,
  values: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const pairs = values.map((text) => namedPair(flag, text, env[text]))
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined))
}

function namedPair<T extends string | undefined>(flag: string, text: string, otherwise: T): [string, string | T] {
  const [key, value] = splitPair(text)
  if (key === '') throw usageError(`Cannot read "${flag} ${text}": the name is missing (expected KEY=value)`)
  return [key, value ?? otherwise]
}
