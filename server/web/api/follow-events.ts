import { type BuildLiveEvent, buildLiveEvent } from '../../api/index.ts'
import { readResponse } from '../../client/read-response.ts'
import { openEvents } from './open-events.ts'

const KINDS = ['build', 'planned', 'step', 'log', 'warning', 'restarted'] as const

export interface FollowedEvents {
  readonly build: number
  /** Number of the last event that is known. */
  readonly after: number
  readonly onEvent: (event: BuildLiveEvent) => void
  /** The stream is interrupted and is opened again, or it is back. */
  readonly onStale: (isStale: boolean) => void
}

/** Reads a build's events until it has ended. Gives the function that closes the stream. */
export function followEvents({ build, after, onEvent, onStale }: FollowedEvents): () => void {
  let last = after
  const receive = ({ data }: MessageEvent<string>): void => {
    const event = readResponse(buildLiveEvent, data, 'followBuild')
    last = event.seq
    onEvent(event)
    if (event.kind !== 'build' || event.build.endedAt === undefined) return
    close()
    onStale(false)
  }
  const close = openEvents(
    () => `/api/v1/builds/${build}/events?after=${last}`,
    (source) => {
      source.onopen = () => onStale(false)
      source.onerror = () => onStale(true)
      for (const kind of KINDS) source.addEventListener(kind, receive)
    },
  )
  return close
}
