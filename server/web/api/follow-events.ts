import { type BuildLiveEvent, buildLiveEvent } from '../../api/index.ts'
import { readResponse } from '../../client/read-response.ts'
import { openEvents } from './open-events.ts'

const KINDS = ['build', 'planned', 'step', 'log', 'warning', 'restarted'] as const

export interface FollowedEvents {
  readonly build: number
  /** Number of the last known event. */
  readonly after: number
  readonly onEvent: (event: BuildLiveEvent) => void
  /** The stream was interrupted and is being reopened, or it is connected again. */
  readonly onStale: (isStale: boolean) => void
  /** An event cannot be read. */
  readonly onFailure: (error: unknown) => void
}

/** Reads a build's events until it has ended. Returns a function that closes the stream. */
export function followEvents({ build, after, onEvent, onStale, onFailure }: FollowedEvents): () => void {
  let last = after
  const take = (event: BuildLiveEvent): void => {
    last = event.seq
    onEvent(event)
    if (event.kind !== 'build' || event.build.endedAt === undefined) return
    close()
    onStale(false)
  }
  const receive = ({ data }: MessageEvent<string>): void => {
    try {
      take(readResponse(buildLiveEvent, data, 'followBuild'))
    } catch (error) {
      onFailure(error)
    }
  }
  const close = openEvents({
    address: () => `/api/v1/builds/${build}/events?after=${last}`,
    prepare: (source) => {
      for (const kind of KINDS) source.addEventListener(kind, receive)
    },
    onStale,
  })
  return close
}
