import { useEffect, useState } from 'preact/hooks'

/** A step, or a line of its log, as a URL fragment: `#step:4`, `#step:4:120`. */
export interface LogPosition {
  readonly step: string
  /** Its index: the first one is 0. */
  readonly line?: number
}

export function logFragment({ step, line }: LogPosition): string {
  return `#step:${encodeURIComponent(step)}${line === undefined ? '' : `:${line + 1}`}`
}

/** Shows another step without an entry in the history of the browser. */
export function showStep(step: string): void {
  history.replaceState(null, '', logFragment({ step }))
  dispatchEvent(new HashChangeEvent('hashchange'))
}

/** Undefined for any other fragment. */
export function parseLogFragment(fragment: string): LogPosition | undefined {
  const [, step, number] = /^#step:((?:[\w.~-]|%[0-9A-F]{2})+)(?::([1-9]\d{0,8}))?$/.exec(fragment) ?? []
  if (step === undefined) return undefined
  try {
    return { step: decodeURIComponent(step), ...(number !== undefined && { line: Number(number) - 1 }) }
  } catch {
    return undefined // its bytes are not UTF-8
  }
}

/** The one in the address bar, and its changes. */
export function useLogPosition(): LogPosition | undefined {
  const [fragment, setFragment] = useState(location.hash)
  useEffect(() => {
    const read = (): void => setFragment(location.hash)
    addEventListener('hashchange', read)
    return () => removeEventListener('hashchange', read)
  }, [])
  return parseLogFragment(fragment)
}
