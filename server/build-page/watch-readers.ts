/** A reloaded page disconnects briefly. */
const RELOAD_MS = 3000

/** `gone` resolves when the build has ended and the last open page is closed, in either order. */
export function watchReaders() {
  let resolveGone: () => void
  const gone = new Promise<void>((resolve) => {
    resolveGone = resolve
  })
  let timer: NodeJS.Timeout | undefined
  let hasEnded = false
  let isClosed = false
  const check = (): void => {
    if (hasEnded && isClosed) resolveGone()
  }
  return {
    gone,
    ended: (): void => {
      hasEnded = true
      check()
    },
    count: (readers: number): void => {
      clearTimeout(timer)
      isClosed = false
      if (readers > 0) return
      timer = setTimeout(() => {
        isClosed = true
        check()
      }, RELOAD_MS)
    },
  }
}
