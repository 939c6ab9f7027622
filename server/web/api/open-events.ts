import { call } from './call.ts'
import { reportLogout } from './use-loadable.ts'

const RETRY_MS = 3000
const PATIENCE_MS = 10_000

export interface EventsOptions {
  readonly address: () => string
  /** Called for each connection. */
  readonly prepare: (source: EventSource) => void
  /** The stream was interrupted or does not connect, and is being reopened; or it is connected. */
  readonly onStale: (isStale: boolean) => void
}

/**
 * A stream that is reopened until it is closed here. A browser stops reconnecting if the response is not a stream, such
 * as that of a proxy while the server restarts. It does not report the reason; therefore the state of the session is
 * queried.
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
