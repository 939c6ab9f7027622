import type { WordProblem } from './word-problem.ts'

/** Leaves the evaluation of a word from any depth; `expandWord()` makes a problem of it. */
export class ExpandFailure extends Error {
  readonly reason: Omit<WordProblem, 'offset'>
  constructor(reason: Omit<WordProblem, 'offset'>) {
    super(reason.message)
    this.reason = reason
  }
}
