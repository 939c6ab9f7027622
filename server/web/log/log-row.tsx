import type { Segment, TextStyle } from './ansi.ts'

interface LogRowProps {
  readonly index: number
  /** Undefined while it is being loaded. */
  readonly segments: readonly Segment[] | undefined
  readonly query: string
  readonly isCurrent: boolean
  /** Address of the line. */
  readonly href: string
}

export function LogRow({ index, segments, query, isCurrent, href }: LogRowProps) {
  return (
    <div class={isCurrent ? 'log-row current' : 'log-row'}>
      <a class="log-number" href={href} tabIndex={-1} aria-label={`Link to line ${index + 1}`}>
        {index + 1}
      </a>
      <span class="log-text">
        {segments === undefined ? <span class="log-missing">…</span> : withMarks(segments, query).map(renderSegment)}
      </span>
    </div>
  )
}

interface Piece extends Segment {
  readonly isMatch?: boolean
}

function renderSegment({ text, style, isMatch }: Piece, index: number) {
  const props = { class: classOf(style), style: colorsOf(style) }
  if (isMatch) return <mark key={index}>{text}</mark>
  return props.class === '' && props.style === undefined ? (
    text
  ) : (
    <span key={index} {...props}>
      {text}
    </span>
  )
}

/** Splits the segments at the matches of the search, which may span several segments. */
function withMarks(segments: readonly Segment[], query: string): readonly Piece[] {
  if (query === '') return segments
  const whole = segments
    .map(({ text }) => text)
    .join('')
    .toLowerCase()
  const lowerCaseQuery = query.toLowerCase()
  const pieces: Piece[] = []
  let offset = 0
  let match = whole.indexOf(lowerCaseQuery)
  for (const { text, style } of segments) {
    const end = offset + text.length
    let at = offset
    while (match >= 0 && match < end) {
      const matchEnd = match + lowerCaseQuery.length
      if (match > at) pieces.push({ text: text.slice(at - offset, match - offset), style })
      pieces.push({ text: text.slice(Math.max(match, offset) - offset, matchEnd - offset), style, isMatch: true })
      at = Math.min(matchEnd, end)
      if (matchEnd > end) break
      match = whole.indexOf(lowerCaseQuery, matchEnd)
    }
    if (at < end) pieces.push({ text: text.slice(at - offset), style })
    offset = end
  }
  return pieces
}

function classOf(style: TextStyle): string {
  const { color, background, bold, dim, italic, underline, inverse, strike } = style
  const names = [
    bold && 'bold',
    dim && 'dim',
    italic && 'italic',
    underline && 'underline',
    strike && 'strike',
    inverse && 'inverse',
    typeof color === 'number' && `fg-${color}`,
    typeof background === 'number' && `bg-${background}`,
  ]
  return names.filter(Boolean).join(' ')
}

function colorsOf({
  color,
  background,
}: TextStyle): { readonly color?: string; readonly backgroundColor?: string } | undefined {
  const isColored = typeof color === 'string'
  const isFilled = typeof background === 'string'
  if (!isColored && !isFilled) return undefined
  return { ...(isColored && { color }), ...(isFilled && { backgroundColor: background }) }
}
