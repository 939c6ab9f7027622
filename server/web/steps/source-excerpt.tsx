import type { BuildStep, BuildSteps } from '../../api/index.ts'
import { plainText } from '../log/plain-text.ts'

interface SourceExcerptProps {
  readonly dockerfile: NonNullable<BuildSteps['dockerfile']>
  readonly lines: NonNullable<BuildStep['lines']>
}

const AROUND = 2

/** The step's lines of the Dockerfile with some context. */
export function SourceExcerpt({ dockerfile: { name, text }, lines: { first, last } }: SourceExcerptProps) {
  const all = text.split(/\r?\n/)
  const start = Math.max(1, first - AROUND)
  const shown = all.slice(start - 1, Math.min(all.length, last + AROUND))
  return (
    <figure class="source">
      <figcaption>
        {plainText(name)}, {first === last ? `line ${first}` : `lines ${first} to ${last}`}
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled to with the keyboard */}
      <pre tabIndex={0}>
        {shown.map((line, index) => {
          const number = start + index
          return (
            <span key={number} class={number >= first && number <= last ? 'source-line own' : 'source-line'}>
              <span class="source-number">{number}</span>
              {plainText(line)}
              {'\n'}
            </span>
          )
        })}
      </pre>
    </figure>
  )
}
