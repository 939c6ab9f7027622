/** A reloaded page disconnects briefly. */
const RELOAD_MS = 3000

/** `closed` resolves when the build has ended and the last open page is closed, in either order. */
export function watchReaders() {
  let resolveClosed: () => void
  const closed = new Promise<void>((resolve) => {
    resolveClosed = resolve
  })
  let timer: NodeJS.Timeout | undefined
  let hasEnded = false
  let isClosed = false
  const check = (): void => {
    if (hasEnded && isClosed) resolveClosed()
  }
  return {
    closed,
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
