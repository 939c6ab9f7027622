import type { ComponentChildren } from 'preact'

/** Names and values; rows without a value are omitted. */
export function FactTable({ facts }: { readonly facts: readonly (readonly [string, ComponentChildren])[] }) {
  return (
    <dl class="fact-table">
      {facts.map(
        ([title, value]) =>
          value !== undefined &&
          value !== '' && (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
