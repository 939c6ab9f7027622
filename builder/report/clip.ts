import stringWidth from 'string-width'

/** The longest prefix that fits in `columns`, cut between graphemes; `…` marks the omission. */
export function clip(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text
  let width = 0
  let kept = ''
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += stringWidth(segment)
    if (width > columns - 1) break
    kept += segment
  }
  return columns < 1 ? '' : `${kept}…`
}
