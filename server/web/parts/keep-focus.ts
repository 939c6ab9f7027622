/**
 * If the focused element is removed, such as the button that started a build, the content gets the focus. If it is
 * disabled, such as a button whose request is running, it gets the focus back when it is enabled again.
 */
export function keepFocus(root: Element): void {
  let focused: Element | null = null
  let disabled: Element | null = null
  root.addEventListener('focusin', ({ target }) => {
    focused = target instanceof Element ? target : null
    disabled = null
  })
  const restore = (): void => {
    if (focused === null) return
    if (focused.matches(':disabled')) disabled = focused
    if (document.activeElement !== document.body) return
    if (!focused.isConnected) document.getElementById('content')?.focus({ preventScroll: true })
    else if (focused === disabled && disabled instanceof HTMLElement) disabled.focus({ preventScroll: true })
  }
  new MutationObserver(restore).observe(root, { childList: true, subtree: true, attributeFilter: ['disabled'] })
}
