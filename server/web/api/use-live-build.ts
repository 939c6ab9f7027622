import { useEffect, useRef, useState } from 'preact/hooks'
import { buildLiveEvent } from '../../api/index.ts'
import { readResponse } from '../../client/read-response.ts'
import { call, type Failure, failureOf } from './call.ts'
import { applyEvent, type BuildView, type LogEvent } from './live-build.ts'

export interface LiveBuild {
  readonly view: BuildView | undefined
  readonly failure: Failure | undefined
  /** The stream is interrupted and the browser reconnects. */
  readonly isStale: boolean
  /** Text of logs as it comes in. */
  onLog(listener: (event: LogEvent) => void): () => void
}

const KINDS = ['build', 'planned', 'step', 'log', 'warning', 'restarted'] as const

/** One build: what is known, then its events until it has ended. */
export function useLiveBuild(id: number): LiveBuild {
  const [view, setView] = useState<BuildView>()
  const [failure, setFailure] = useState<Failure>()
  const [isStale, setStale] = useState(false)
  const listeners = useRef(new Set<(event: LogEvent) => void>())

  useEffect(() => {
    const abort = new AbortController()
    setView(undefined)
    setFailure(undefined)
    let source: EventSource | undefined
    const follow = (start: BuildView, seq: number): void => {
      let current = start
      let frame = 0
      const show = (): void => {
        frame = 0
        if (!abort.signal.aborted) setView(current)
      }
      source = new EventSource(`/api/v1/builds/${id}/events?after=${seq}`)
      source.onopen = () => setStale(false)
      source.onerror = () => setStale(true)
      const receive = ({ data }: MessageEvent<string>): void => {
        const event = readResponse(buildLiveEvent, data, 'followBuild')
        current = applyEvent(current, event)
        if (event.kind === 'log') for (const listener of listeners.current) listener(event)
        if (event.kind === 'build' && event.build.endedAt !== undefined) {
          source?.close()
          setStale(false)
        }
        if (frame === 0) frame = requestAnimationFrame(show)
      }
      for (const kind of KINDS) source.addEventListener(kind, receive)
    }
    const { signal } = abort
    const path = { build: id }
    Promise.all([call('showBuild', { path, signal }), call('showSteps', { path, signal })]).then(
      ([build, { steps, seq, dockerfile }]) => {
        const start: BuildView = { build, steps, warnings: [], ...(dockerfile && { dockerfile }) }
        setView(start)
        if (build.endedAt === undefined) follow(start, seq)
      },
      (error) => signal.aborted || setFailure(failureOf(error)),
    )
    return () => {
      abort.abort()
      source?.close()
    }
  }, [id])

  const onLog = useRef((listener: (event: LogEvent) => void) => {
    listeners.current.add(listener)
    return () => void listeners.current.delete(listener)
  })
  return { view, failure, isStale, onLog: onLog.current }
}
