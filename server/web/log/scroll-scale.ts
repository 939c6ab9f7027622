/** Browsers limit the height of an element to some 17 million pixels; taller lists scroll in proportion. */
const MAX_HEIGHT = 6_000_000

export interface ScrollScale {
  /** Of the element that scrolls within the viewport. */
  readonly height: number
  /** First line in view, with fraction, for a scroll position. */
  topLine(scrollTop: number): number
  /** Scroll position that has this line at the top. */
  scrollTop(line: number): number
  /** Scroll distance for a distance of the wheel. */
  wheel(pixels: number): number
}

export function scrollScale(lines: number, lineHeight: number, viewHeight: number): ScrollScale {
  const full = lines * lineHeight
  const height = Math.min(full, MAX_HEIGHT)
  const room = Math.max(1, height - viewHeight)
  const lastTop = Math.max(0, lines - viewHeight / lineHeight)
  const isScaled = full > MAX_HEIGHT
  const perPixel = isScaled ? lastTop / room : 1 / lineHeight
  return {
    height,
    topLine: (scrollTop) => Math.min(lastTop, Math.max(0, scrollTop * perPixel)),
    scrollTop: (line) => Math.min(lastTop, Math.max(0, line)) / perPixel,
    wheel: (pixels) => pixels / lineHeight / perPixel,
  }
}
