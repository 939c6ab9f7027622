import { useEffect, useRef, useState } from 'preact/hooks'
import { type Build, serverLiveEvent } from '../../api/index.ts'
import { readResponse } from '../../client/read-response.ts'
import { openEvents } from './open-events.ts'

/**
 * State changes of builds, of one project or all; `onConnect` is called after each (re)connection, because events are
 * not replayed.
 */
export function useServerEvents(
  project: string | undefined,
  on: { readonly build: (build: Build) => void; readonly connect: () => void },
): { readonly isStale: boolean } {
  const [isStale, setStale] = useState(false)
  const latest = useRef(on)
  latest.current = on
  useEffect(() => {
    const query = project === undefined ? '' : `?project=${encodeURIComponent(project)}`
    let isFirst = true
    return openEvents({
      address: () => `/api/v1/events${query}`,
      prepare: (source) => {
        source.onopen = () => {
          if (!isFirst) latest.current.connect()
          isFirst = false
        }
        source.addEventListener('build', ({ data }: MessageEvent<string>) => {
          latest.current.build(readResponse(serverLiveEvent, data, 'followServer').build)
        })
      },
      onStale: setStale,
    })
  }, [project])
  return { isStale }
}
