import type { ComponentChildren } from 'preact'
import { useErrorBoundary } from 'preact/hooks'
import { failureOf } from '../api/call.ts'
import { FailureNotice } from './notice.tsx'

/** An error in a view is shown: without this, nothing would be. */
export function Broken({ children }: { readonly children: ComponentChildren }) {
  const [error] = useErrorBoundary(console.error)
  if (error === undefined) return children
  return (
    <main class="narrow">
      <FailureNotice failure={failureOf(error)} onRetry={() => location.reload()} />
    </main>
  )
}
