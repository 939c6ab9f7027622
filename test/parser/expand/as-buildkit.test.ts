import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { expandWord } from '../../../parser/index.ts'

/** A word; its value, or null if it is refused; its undefined variables. */
type Row = readonly [word: string, value: string | null, undefinedNames?: readonly string[]]

/** A random sample with equal shares of all operators; the results are those of BuildKit 0.34.2's shell lexer. */
const recorded: { readonly variables: Readonly<Record<string, string>>; readonly words: readonly Row[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../golden/words.json'), 'utf8'),
)

describe('expandWord() agrees with BuildKit', () => {
  const scope = new Map(Object.entries(recorded.variables))

  test.each(recorded.words.map((row) => [row[0], row] as const))('%s', (word, [, value, undefinedNames]) => {
    const result = expandWord(word, scope)
    if (result.problem !== undefined) expect(value).toBeNull()
    else expect([result.value, [...result.undefinedNames].sort()]).toEqual([value, undefinedNames])
  })
})
