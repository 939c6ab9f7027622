/**
 * Pixels that a key scrolls by, as in browsers. Undefined for other keys, or for Home and End, which need no distance.
 */
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
