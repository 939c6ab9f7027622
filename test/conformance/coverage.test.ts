import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'

const tests = resolve(import.meta.dirname, '..')
const cases = new Set(readdirSync(join(import.meta.dirname, 'cases')))

/** The rows of all tables: a feature, and the tests that cover it. */
const rows = readFileSync(join(import.meta.dirname, 'COVERAGE.md'), 'utf8')
  .split('\n')
  .flatMap((line) => /^\| (.+) \| (.+) \|$/.exec(line)?.slice(1) ?? [])
  .flatMap((text, at, all): [string, string][] => (at % 2 === 0 ? [[text, all[at + 1] ?? '']] : []))
  .filter(([point]) => point !== 'Point')

/** Text after `#` can contain blanks: it ends where the next name begins. */
function namesIn(proof: string): readonly string[] {
  return proof.match(/\S+\/\S+?(?:#.+?)?(?= \S+\/|$)|\S+/g) ?? []
}

function isThere(name: string): boolean {
  if (!name.includes('/')) return cases.has(name)
  const [path = '', text] = name.split('#')
  if (!existsSync(join(tests, path))) return false
  return text === undefined || readFileSync(join(tests, path), 'utf8').includes(text)
}

describe('COVERAGE.md', () => {
  test.each(rows)('%s', (_, proof) => {
    expect(namesIn(proof).filter((name) => !isThere(name))).toEqual([])
  })

  test('names every case', () => {
    const named = new Set(rows.flatMap(([, proof]) => namesIn(proof)))
    expect([...cases].filter((name) => !named.has(name))).toEqual([])
  })
})
