import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type LintFacts, lintDockerfile, parseDockerfile } from '../../../parser/index.ts'

const FOLDER = join(import.meta.dirname, '../../golden/checks')

/** An image that sets only PATH. */
const FACTS: LintFacts = { baseImage: () => ({ env: {}, hasShell: false }) }

/** `findings` next to each Dockerfile are those of BuildKit 0.34.2: rule and line of each. */
describe('the checks find what BuildKit finds', () => {
  test.each(readdirSync(FOLDER))('in %s', (name) => {
    const text = readFileSync(join(FOLDER, name, 'Dockerfile'), 'utf8')
    const expected = readFileSync(join(FOLDER, name, 'findings'), 'utf8')
      .trim()
      .split('\n')
      .filter(Boolean)
    expect(findingsIn(text)).toEqual(expected)
  })
})

function findingsIn(text: string): readonly string[] {
  const { dockerfile, diagnostics } = parseDockerfile(text)
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  if (dockerfile === undefined) return ['does not parse']
  return lintDockerfile(dockerfile, FACTS)
    .findings.map(({ code, range, instructionRange }) => {
      // BuildKit reports the last line of the instruction, which is the blank one here.
      const line = code === 'NoEmptyContinuation' ? (instructionRange ?? range).end.line : range.start.line
      return { line, code }
    })
    .sort((a, b) => a.line - b.line || (a.code < b.code ? -1 : 1))
    .map(({ line, code }) => `${line} ${code}`)
}
