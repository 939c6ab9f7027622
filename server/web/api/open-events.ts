import { call } from './call.ts'
import { reportLogout } from './use-answer.ts'

const RETRY_MS = 3000

/**
 * A stream that is opened again until it is closed here. A browser gives up on its own where the answer is not a stream,
 * such as that of a proxy while the server restarts. It does not say which: whether the session has ended is asked for.
 */
export function openEvents(address: () => string, prepare: (source: EventSource) => void): () => void {
  let source: EventSource
  let retry: ReturnType<typeof setTimeout> | undefined
  const open = (): void => {
    source = new EventSource(address())
    source.addEventListener('error', () => {
      if (source.readyState !== EventSource.CLOSED) return
      retry = setTimeout(open, RETRY_MS)
      call('showSession').catch(reportLogout)
    })
    prepare(source)
  }
  open()
  return () => {
    clearTimeout(retry)
    source.close()
  }
}
