import type { ComponentChildren } from 'preact'
import type { Answer } from '../api/use-answer.ts'
import { FailureNotice, Loading } from './notice.tsx'

interface AnsweredProps<T> {
  readonly answer: Answer<T>
  readonly what: string
  readonly children: (value: T) => ComponentChildren
}

/** Renders a response, its failure, or a loading state. */
export function Answered<T>({ answer, what, children }: AnsweredProps<T>) {
  const { value, failure, reload } = answer
  return (
    <>
      {failure && <FailureNotice failure={failure} onRetry={reload} />}
      {value !== undefined ? children(value) : !failure && <Loading what={what} />}
    </>
  )
}
