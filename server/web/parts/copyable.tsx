import { useState } from 'preact/hooks'
import { Icon } from './icons.tsx'

/** A value that users copy. */
export function Copyable({ value, label }: { readonly value: string; readonly label: string }) {
  const [isCopied, setCopied] = useState(false)
  const copy = (): void => {
    // Unavailable if the page was loaded over plain HTTP from another machine: the text can be selected.
    navigator.clipboard?.writeText(value).then(() => {
      setCopied(true)
      setTimeout(() => setCopied(false), 2000)
    })
  }
  return (
    <span class="copyable">
      <code>{value}</code>
      {navigator.clipboard !== undefined && (
        <button type="button" class="quiet" onClick={copy} aria-label={`Copy ${label}`}>
          <Icon name={isCopied ? 'check' : 'copy'} />
        </button>
      )}
      <span class="visually-hidden" role="status">
        {isCopied ? 'Copied' : ''}
      </span>
    </span>
  )
}
