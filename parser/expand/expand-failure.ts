import type { WordProblem } from './word-problem.ts'

/** Aborts the evaluation of a word at any depth; `expandWord()` converts it to a problem. */
export class ExpandFailure extends Error {
  readonly reason: Omit<WordProblem, 'offset'>
  constructor(reason: Omit<WordProblem, 'offset'>) {
    super(reason.message)
    this.reason = reason
  }
}
