import type { ComponentChildren } from 'preact'
import type { Failure } from '../api/call.ts'
import { plainText } from '../log/plain-text.ts'
import { Icon } from './icons.tsx'

/** An error and its hint. */
export function FailureNotice({ failure, onRetry }: { readonly failure: Failure; readonly onRetry?: () => void }) {
  // Its hint is for the command line.
  const isMissing = failure.code === 'SERVER_NOT_FOUND'
  return (
    <div class="notice bad" role="alert">
      <Icon name="cross" />
      <div>
        <p class="strong">{plainText(failure.message)}</p>
        {failure.hint !== undefined && !isMissing && <p>{plainText(failure.hint)}</p>}
      </div>
      {onRetry && !isMissing && (
        <button type="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  )
}

export function ConnectionLost() {
  return (
    <p class="notice warn" role="status">
      Connection lost; reconnecting…
    </p>
  )
}

export function Loading({ what }: { readonly what: string }) {
  return (
    <div class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      Loading {what}…
    </div>
  )
}

/** An empty list: what it will contain, and how to add the first item. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="strong">{title}</p>
      {children}
    </div>
  )
}
