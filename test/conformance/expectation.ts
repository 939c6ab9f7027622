import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConformanceCase } from './conformance-case.ts'
import type { Built, Outcome } from './outcome.ts'

/** The content of `expected.json`. */
export type Expectation = Outcome & {
  /** `docker 20.10.24`, or `reference`: the documentation of the Dockerfile language, for newer features. */
  readonly source: string
  readonly reason?: string
}

export function readExpectation({ folder }: ConformanceCase): Expectation {
  return JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'))
}

/** A history with the text of another one. */
export function withText(history: Built['history'], text: Built['history']): Built['history'] {
  return history.map((entry, position) => {
    const { created_by: createdBy } = text[position] ?? {}
    return createdBy === undefined ? entry : { ...entry, created_by: createdBy }
  })
}

export function writeExpectation({ folder, options }: ConformanceCase, outcome: Outcome, source: string): void {
  const reason = options.reference === undefined ? {} : { reason: options.reference }
  writeFileSync(join(folder, 'expected.json'), `${JSON.stringify({ source, ...reason, ...outcome }, null, 2)}\n`)
}
