import type { ComponentChildren } from 'preact'

/** Names and values; those without a value are left out. */
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
