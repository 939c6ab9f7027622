/** When the element that has the focus is removed, as with the button that a build started from, the content gets it. */
export function keepFocus(root: Element): void {
  let focused: Element | null = null
  root.addEventListener('focusin', ({ target }) => {
    focused = target instanceof Element ? target : null
  })
  const restore = (): void => {
    if (focused === null || focused.isConnected || document.activeElement !== document.body) return
    document.getElementById('content')?.focus({ preventScroll: true })
  }
  new MutationObserver(restore).observe(root, { childList: true, subtree: true })
}
