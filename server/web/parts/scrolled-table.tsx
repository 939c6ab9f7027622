import type { ComponentChildren } from 'preact'

/** A table that is wider than the screen scrolls separately, so that the page does not. */
export function ScrolledTable({ children }: { readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
    <div class="table-room" tabIndex={0}>
      <table>{children}</table>
    </div>
  )
}
