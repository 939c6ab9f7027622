import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'

interface PageTitleProps {
  readonly title: string
  /** Of the page, such as its tab; for the window title only. */
  readonly part?: string | undefined
  /** Next to the title. */
  readonly children?: ComponentChildren
}

/** The heading, also used as the window title. */
export function PageTitle({ title, part, children }: PageTitleProps) {
  useEffect(() => {
    document.title = [...(part === undefined ? [] : [part]), title, 'tsbuild'].join(' – ')
  }, [title, part])
  return (
    <div class="page-title">
      <h1>{title}</h1>
      {children}
    </div>
  )
}
