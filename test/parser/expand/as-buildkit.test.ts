import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { expandWord } from '../../../parser/index.ts'

/** A word; its value, or null where it is refused; the names that it lacks. */
type Row = readonly [word: string, value: string | null, undefinedNames?: readonly string[]]

/** Drawn at random, each operator as often; the answers are those of BuildKit 0.34.2's shell lexer. */
const recorded: { readonly variables: Readonly<Record<string, string>>; readonly words: readonly Row[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../golden/words.json'), 'utf8'),
)

describe('expandWord() answers as BuildKit', () => {
  const scope = new Map(Object.entries(recorded.variables))

  test.each(recorded.words.map((row) => [row[0], row] as const))('%s', (word, [, value, undefinedNames]) => {
    const result = expandWord(word, scope)
    if (result.problem !== undefined) expect(value).toBeNull()
    else expect([result.value, [...result.undefinedNames].sort()]).toEqual([value, undefinedNames])
  })
})
