import { visible, withoutMovements } from './plain-text.ts'

/** Style after an SGR sequence (`ESC [ … m`). Colors: 0 to 15 by number, others as `#rrggbb`. */
export interface TextStyle {
  readonly color?: number | string
  readonly background?: number | string
  readonly bold?: boolean
  readonly dim?: boolean
  readonly italic?: boolean
  readonly underline?: boolean
  readonly inverse?: boolean
  readonly strike?: boolean
}

export interface Segment {
  readonly text: string
  readonly style: TextStyle
}

export const PLAIN: TextStyle = {}
const MAX_SHOWN = 5000

/** A log line as a terminal would show it: text that was overwritten after a carriage return is removed. */
export function parseLine(line: string, start: TextStyle = PLAIN): { segments: readonly Segment[]; end: TextStyle } {
  const segments: Segment[] = []
  let style = start
  let remaining = MAX_SHOWN
  const clean = withoutMovements(line.replace(/\r+$/, ''))
  for (const [index, part] of clean.split('\x1b[').entries()) {
    const end = index === 0 ? -1 : part.indexOf('m')
    if (index > 0) style = applySgr(style, part.slice(0, end))
    const raw = part.slice(end + 1)
    const overwrites = raw.lastIndexOf('\r')
    if (overwrites >= 0) {
      segments.length = 0
      remaining = MAX_SHOWN
    }
    const text = visible(raw.slice(overwrites + 1))
    if (text === '' || remaining < 0) continue
    segments.push({
      text: text.length > remaining ? `${text.slice(0, remaining)}… (${text.length - remaining} more)` : text,
      style,
    })
    remaining -= text.length
    if (remaining === 0) remaining = -1
  }
  return { segments, end: style }
}

/** The line's text without colors, for searching. */
export function lineText(line: string): string {
  return parseLine(line)
    .segments.map(({ text }) => text)
    .join('')
}

type Change = (style: TextStyle) => TextStyle

const ATTRIBUTES: Readonly<Record<number, Change>> = {
  0: () => PLAIN,
  1: (style) => ({ ...style, bold: true }),
  2: (style) => ({ ...style, dim: true }),
  3: (style) => ({ ...style, italic: true }),
  4: (style) => ({ ...style, underline: true }),
  7: (style) => ({ ...style, inverse: true }),
  9: (style) => ({ ...style, strike: true }),
  22: ({ bold: _, dim: __, ...style }) => style,
  23: ({ italic: _, ...style }) => style,
  24: ({ underline: _, ...style }) => style,
  27: ({ inverse: _, ...style }) => style,
  29: ({ strike: _, ...style }) => style,
  39: ({ color: _, ...style }) => style,
  49: ({ background: _, ...style }) => style,
}

function applySgr(style: TextStyle, parameters: string): TextStyle {
  const codes = parameters.split(/[;:]/).map(Number)
  let result = style
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0
    if (code === 38 || code === 48) {
      const { color, used } = extendedColor(codes.slice(at + 1))
      at += used
      if (color !== undefined) result = { ...result, [code === 38 ? 'color' : 'background']: color }
    } else if (code >= 30 && code <= 37) result = { ...result, color: code - 30 }
    else if (code >= 90 && code <= 97) result = { ...result, color: code - 82 }
    else if (code >= 40 && code <= 47) result = { ...result, background: code - 40 }
    else if (code >= 100 && code <= 107) result = { ...result, background: code - 92 }
    else result = ATTRIBUTES[code]?.(result) ?? result
  }
  return result
}

/** `5;N` of the 256 colors, `2;R;G;B`. */
function extendedColor([kind, ...rest]: readonly number[]): { color?: number | string; used: number } {
  if (kind === 5) {
    const color = paletteColor(rest[0] ?? 0)
    return { ...(color !== undefined && { color }), used: 2 }
  }
  return kind === 2 ? { color: rgb(rest.slice(0, 3)), used: 4 } : { used: 1 }
}

function paletteColor(index: number): number | string | undefined {
  if (!(index >= 0 && index <= 255)) return undefined
  if (index < 16) return index
  if (index >= 232) return rgb([8 + 10 * (index - 232), 8 + 10 * (index - 232), 8 + 10 * (index - 232)])
  const cube = index - 16
  const level = (step: number): number => (step === 0 ? 0 : 55 + 40 * step)
  return rgb([level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6)])
}

function rgb(parts: readonly number[]): string {
  const hex = [0, 1, 2].map((index) =>
    Math.min(255, Math.max(0, parts[index] || 0))
      .toString(16)
      .padStart(2, '0'),
  )
  return `#${hex.join('')}`
}
