/** If the focused element is removed, such as the button that started a build, the content gets the focus. */
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
