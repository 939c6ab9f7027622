/** Pixels that a key scrolls by, as in browsers. Undefined: none, or to an end, which needs no distance. */
export function keyDistance(
  { key, shiftKey }: { readonly key: string; readonly shiftKey: boolean },
  lineHeight: number,
  viewHeight: number,
): number | undefined {
  const page = Math.max(lineHeight, viewHeight - 2 * lineHeight)
  switch (key) {
    case 'PageDown':
      return page
    case 'PageUp':
      return -page
    case ' ':
      return shiftKey ? -page : page
    case 'ArrowDown':
      return 2 * lineHeight
    case 'ArrowUp':
      return -2 * lineHeight
    default:
      return undefined
  }
}
