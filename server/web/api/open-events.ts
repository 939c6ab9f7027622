import { call } from './call.ts'
import { reportLogout } from './use-answer.ts'

const RETRY_MS = 3000
const PATIENCE_MS = 10_000

export interface EventsOptions {
  readonly address: () => string
  /** Called for each connection. */
  readonly prepare: (source: EventSource) => void
  /** The stream is interrupted, or does not start, and is opened again; or it is there. */
  readonly onStale: (isStale: boolean) => void
}

/**
 * A stream that is opened again until it is closed here. A browser gives up on its own where the answer is not a stream,
 * such as that of a proxy while the server restarts. It does not say which: the state of the session is queried.
 */
export function openEvents({ address, prepare, onStale }: EventsOptions): () => void {
  let source: EventSource
  let retry: ReturnType<typeof setTimeout> | undefined
  const late = setTimeout(onStale, PATIENCE_MS, true)
  const open = (): void => {
    source = new EventSource(address())
    source.addEventListener('open', () => {
      clearTimeout(late)
      onStale(false)
    })
    source.addEventListener('error', () => {
      onStale(true)
      if (source.readyState !== EventSource.CLOSED) return
      retry = setTimeout(open, RETRY_MS)
      call('showSession').catch(reportLogout)
    })
    prepare(source)
  }
  open()
  return () => {
    clearTimeout(late)
    clearTimeout(retry)
    source.close()
  }
}
