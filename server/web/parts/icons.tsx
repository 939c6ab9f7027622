const PATHS = {
  check: 'm3.5 8.5 3 3 6-7',
  cross: 'm4.5 4.5 7 7m0-7-7 7',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 5v3.2l2 1.3',
  dash: 'M4.5 8h7',
  bolt: 'M9 2 4 9h4l-1 5 5-7H8z',
  chevron: 'm6 4 4 4-4 4',
  up: 'm4 10 4-4 4 4',
  down: 'm4 6 4 4 4-4',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9Zm3.3-1.2 3.2 3.2',
  copy: 'M5.5 5.5v-3h8v8h-3m-8-5h8v8h-8z',
  warning: 'M8 2.5 14.5 13.5h-13zM8 6.5v3m0 2v.2',
  theme: 'M8 2a6 6 0 1 0 0 12zm0 0a6 6 0 0 1 0 12',
} as const

export type IconName = keyof typeof PATHS

/** Drawn next to words with the same meaning: hidden from screen readers. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
