import type { IRecognitionException } from 'chevrotain'

/** A problem in a word. */
export interface WordProblem {
  /** The problem, as the middle of an error message: `the quote is not closed`. */
  readonly message: string
  readonly needed: string
  /** Position in the word. */
  readonly offset: number
}

export function describeWordError(error: IRecognitionException, text: string): WordProblem {
  const { token } = error
  const rule = error.context.ruleStack.at(-1)
  const isEnd = Number.isNaN(token.startOffset)
  const offset = isEnd ? text.length : token.startOffset
  const name = token.tokenType.name
  if (name === 'SingleQuoteUnclosed') return { message: 'the single quote is not closed', needed: "'", offset }
  if (isEnd && rule === 'doubleQuoted') return { message: 'the double quote is not closed', needed: '"', offset }
  if (isEnd && rule === 'replace' && error.message.includes('PatternEnd')) {
    return { message: 'the pattern is not terminated', needed: '/ between pattern and replacement', offset }
  }
  if (isEnd) return { message: 'the substitution is not closed', needed: '}', offset }
  if (name === 'NoName')
    return { message: `"${token.image}" is not a variable name`, needed: 'a name, or digits', offset }
  if (name === 'BadOperator') {
    const needed = ':- - :+ + :? ? # ## % %% / or //'
    return { message: `the operator "${token.image}" is not supported`, needed, offset }
  }
  return { message: `"${token.image}" is unexpected here`, needed: 'a shell word', offset }
}
