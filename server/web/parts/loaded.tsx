import type { ComponentChildren } from 'preact'
import type { Loadable } from '../api/use-loadable.ts'
import { FailureNotice, Loading } from './notice.tsx'

interface LoadedProps<T> {
  readonly loadable: Loadable<T>
  readonly what: string
  readonly children: (value: T) => ComponentChildren
}

/** Renders a response, its failure, or a loading state. */
export function Loaded<T>({ loadable, what, children }: LoadedProps<T>) {
  const { value, failure, reload } = loadable
  return (
    <>
      {failure && <FailureNotice failure={failure} onRetry={reload} />}
      {value !== undefined ? children(value) : !failure && <Loading what={what} />}
    </>
  )
}
