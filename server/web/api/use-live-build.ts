import { useEffect, useRef, useState } from 'preact/hooks'
import type { BuildLiveEvent } from '../../api/index.ts'
import { call, type Failure, failureOf } from './call.ts'
import { followEvents } from './follow-events.ts'
import { applyEvent, type BuildView, type LogEvent } from './live-build.ts'

export interface LiveBuild {
  readonly view: BuildView | undefined
  readonly failure: Failure | undefined
  /** The stream is interrupted and the browser reconnects. */
  readonly isStale: boolean
  /** Text of logs as it comes in. */
  onLog(listener: (event: LogEvent) => void): () => void
}

/** One build: what is known, then its events until it has ended. */
export function useLiveBuild(id: number): LiveBuild {
  const [view, setView] = useState<BuildView>()
  const [failure, setFailure] = useState<Failure>()
  const [isStale, setStale] = useState(false)
  const listeners = useRef(new Set<(event: LogEvent) => void>())
  const emitLog = useRef((event: LogEvent) => {
    for (const listener of listeners.current) listener(event)
  })

  useEffect(() => {
    const abort = new AbortController()
    const { signal } = abort
    setView(undefined)
    setFailure(undefined)
    let close = (): void => undefined
    readBuild(id, signal).then(
      ({ view: start, seq }) => {
        setView(start)
        if (start.build.endedAt !== undefined) return
        const show = oncePerFrame<BuildView>((next) => signal.aborted || setView(next))
        let current = start
        const onEvent = (event: BuildLiveEvent): void => {
          current = applyEvent(current, event)
          if (event.kind === 'log') emitLog.current(event)
          show(current)
        }
        close = followEvents({ build: id, after: seq, onEvent, onStale: setStale })
      },
      (error) => signal.aborted || setFailure(failureOf(error)),
    )
    return () => {
      abort.abort()
      close()
    }
  }, [id])

  const onLog = useRef((listener: (event: LogEvent) => void) => {
    listeners.current.add(listener)
    return () => void listeners.current.delete(listener)
  })
  return { view, failure, isStale, onLog: onLog.current }
}

async function readBuild(
  build: number,
  signal: AbortSignal,
): Promise<{ readonly view: BuildView; readonly seq: number }> {
  const request = { path: { build }, signal }
  const [found, { steps, seq, dockerfile }] = await Promise.all([
    call('showBuild', request),
    call('showSteps', request),
  ])
  return { view: { build: found, steps, warnings: [], ...(dockerfile && { dockerfile }) }, seq }
}

/** Shows the newest value when the browser draws. */
function oncePerFrame<T>(show: (value: T) => void): (value: T) => void {
  let frame = 0
  let latest: T
  return (value) => {
    latest = value
    if (frame !== 0) return
    frame = requestAnimationFrame(() => {
      frame = 0
      show(latest)
    })
  }
}
