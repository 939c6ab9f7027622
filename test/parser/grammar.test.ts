import { describe, expect, test } from 'vitest'
import { createWordLexer } from '../../parser/expand/parse-word.ts'
import { WordGrammar } from '../../parser/expand/word-grammar.ts'
import { DockerfileGrammar } from '../../parser/grammar/dockerfile-grammar.ts'
import { createDockerfileLexer } from '../../parser/grammar/parse-line.ts'

/** The product skips these validations to save start-up time, so the tests run them. */
describe('the grammars pass their validations', () => {
  const checked = { skipValidations: false }

  test('the Dockerfile lexer', () => {
    expect(createDockerfileLexer(checked).lexerDefinitionErrors).toEqual([])
  })

  test('the Dockerfile grammar', () => {
    expect(() => new DockerfileGrammar(checked)).not.toThrow()
  })

  test('the shell-word lexer', () => {
    expect(createWordLexer(checked).lexerDefinitionErrors).toEqual([])
  })

  test('the shell-word grammar', () => {
    expect(() => new WordGrammar(checked)).not.toThrow()
  })
})
