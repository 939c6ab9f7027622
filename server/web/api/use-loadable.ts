import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import { type Failure, failureOf } from './call.ts'

export interface Loadable<T> {
  readonly value: T | undefined
  readonly failure: Failure | undefined
  reload(): void
}

/**
 * Queries the server on mount, when `key` changes and on `reload`; the current response is shown until a newer one
 * arrives.
 */
export function useLoadable<T>(key: string, request: (signal: AbortSignal) => Promise<T>): Loadable<T> {
  const [state, setState] = useState<{ key: string; value?: T; failure?: Failure }>({ key })
  const [round, setRound] = useState(0)
  const latest = useRef(request)
  latest.current = request
  useEffect(() => {
    const abort = new AbortController()
    latest.current(abort.signal).then(
      (value) => abort.signal.aborted || setState({ key, value }),
      (error) => {
        if (abort.signal.aborted) return
        reportLogout(error)
        setState((old) => ({ ...(old.key === key ? old : {}), key, failure: failureOf(error) }))
      },
    )
    return () => abort.abort()
  }, [key, round])
  const reload = useCallback(() => setRound((old) => old + 1), [])
  const isCurrent = state.key === key
  return { value: isCurrent ? state.value : undefined, failure: isCurrent ? state.failure : undefined, reload }
}

export interface Action {
  readonly isBusy: boolean
  readonly failure: Failure | undefined
  /** Does nothing while the previous one is running. */
  run(work: () => Promise<unknown>): void
}

/** A change requested with a button or a form. */
export function useAction(): Action {
  const [state, setState] = useState<{ isBusy: boolean; failure?: Failure }>({ isBusy: false })
  const run = (work: () => Promise<unknown>): void => {
    if (state.isBusy) return
    setState({ isBusy: true })
    work().then(
      () => setState({ isBusy: false }),
      (error) => {
        reportLogout(error)
        setState({ isBusy: false, failure: failureOf(error) })
      },
    )
  }
  return { isBusy: state.isBusy, failure: state.failure, run }
}

const LOGGED_OUT = 'logged-out'

export function reportLogout(error: unknown): void {
  if (failureOf(error).code === 'SERVER_UNAUTHORIZED') dispatchEvent(new Event(LOGGED_OUT))
}

/** The session has ended, or its token was revoked. */
export function onLogout(listener: () => void): () => void {
  addEventListener(LOGGED_OUT, listener)
  return () => removeEventListener(LOGGED_OUT, listener)
}
