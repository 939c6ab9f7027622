interface TabsProps<T extends string> {
  readonly label: string
  readonly current: T
  readonly tabs: readonly { readonly tab: T; readonly title: string; readonly href: string }[]
}

/** Tabs are links, because each has a URL. */
export function Tabs<T extends string>({ label, current, tabs }: TabsProps<T>) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ tab, title, href }) => (
        <a key={tab} href={href} aria-current={tab === current ? 'page' : undefined}>
          {title}
        </a>
      ))}
    </nav>
  )
}
