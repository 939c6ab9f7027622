import type { ComponentChildren } from 'preact'
import { useErrorBoundary } from 'preact/hooks'
import { failureOf } from '../api/call.ts'
import { FailureNotice } from './notice.tsx'

/** Shows an error in a view: otherwise the page would be empty. */
export function Broken({ children }: { readonly children: ComponentChildren }) {
  const [error] = useErrorBoundary(console.error)
  if (error === undefined) return children
  return (
    <main class="narrow">
      <FailureNotice failure={failureOf(error)} onRetry={() => location.reload()} />
    </main>
  )
}
