import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'

interface PageTitleProps {
  readonly title: string
  /** Next to the title. */
  readonly children?: ComponentChildren
}

/** The heading, also used as the window title. */
export function PageTitle({ title, children }: PageTitleProps) {
  useEffect(() => {
    document.title = `${title} – tsbuild`
  }, [title])
  return (
    <div class="page-title">
      <h1>{title}</h1>
      {children}
    </div>
  )
}
