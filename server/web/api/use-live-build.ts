import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { BuildLiveEvent } from '../../api/index.ts'
import { call, type Failure, failureOf } from './call.ts'
import { followEvents } from './follow-events.ts'
import { applyEvent, type BuildView, type LogEvent } from './live-build.ts'
import { reportLogout } from './use-loadable.ts'

export interface LiveBuild {
  readonly view: BuildView | undefined
  readonly failure: Failure | undefined
  /** Reads everything again. */
  reload(): void
  /** The stream is interrupted and the browser reconnects. */
  readonly isStale: boolean
  /** New log text as it arrives. */
  onLog(listener: (event: LogEvent) => void): () => void
}

/** One build: its current state, then its events until it has ended. */
export function useLiveBuild(id: number): LiveBuild {
  const [view, setView] = useState<BuildView>()
  const [failure, setFailure] = useState<Failure>()
  const [isStale, setStale] = useState(false)
  const [round, setRound] = useState(0)
  const listeners = useRef(new Set<(event: LogEvent) => void>())
  useEffect(() => {
    setView(undefined)
    setFailure(undefined)
    return showBuild(id, {
      onView: setView,
      onStale: setStale,
      onLog: (event) => {
        for (const listener of listeners.current) listener(event)
      },
      onFailure: (error) => {
        reportLogout(error)
        setFailure(failureOf(error))
      },
    })
  }, [id, round])
  const reload = useCallback(() => setRound((old) => old + 1), [])
  const onLog = useCallback((listener: (event: LogEvent) => void) => {
    listeners.current.add(listener)
    return () => void listeners.current.delete(listener)
  }, [])
  return { view, failure, isStale, reload, onLog }
}

interface Shown {
  readonly onView: (view: BuildView) => void
  readonly onLog: (event: LogEvent) => void
  readonly onStale: (isStale: boolean) => void
  readonly onFailure: (error: unknown) => void
}

/** Returns a function that stops it. */
function showBuild(id: number, { onView, onLog, onStale, onFailure }: Shown): () => void {
  const abort = new AbortController()
  let close = (): void => undefined
  const end = (): void => {
    abort.abort()
    close()
  }
  const fail = (error: unknown): void => {
    if (abort.signal.aborted) return
    end()
    onFailure(error)
  }
  const follow = ({ view, seq }: KnownBuild): void => {
    onView(view)
    if (view.build.endedAt !== undefined) return
    const show = oncePerFrame<BuildView>((next) => abort.signal.aborted || onView(next))
    let current = view
    const showDockerfile = (dockerfile: Dockerfile): void => {
      current = { ...current, dockerfile }
      show(current)
    }
    const completeDockerfile = dockerfileReader(id, showDockerfile, abort.signal)
    const onEvent = (event: BuildLiveEvent): void => {
      current = applyEvent(current, event)
      if (event.kind === 'log') onLog(event)
      show(current)
      completeDockerfile(current)
    }
    close = followEvents({ build: id, after: seq, onEvent, onStale, onFailure: fail })
  }
  readBuild(id, abort.signal).then(follow).catch(fail)
  return end
}

type Dockerfile = NonNullable<BuildView['dockerfile']>

/** Reads the Dockerfile once a step refers to it: it is not part of the events. */
function dockerfileReader(
  build: number,
  onFound: (dockerfile: Dockerfile) => void,
  signal: AbortSignal,
): (view: BuildView) => void {
  let isReading = false
  return ({ dockerfile, steps }) => {
    if (isReading || dockerfile !== undefined || !steps.some(({ lines }) => lines !== undefined)) return
    isReading = true
    call('showSteps', { path: { build }, signal })
      .then((found) => found.dockerfile && onFound(found.dockerfile))
      .catch(() => undefined) // the next event tries again
      .finally(() => {
        isReading = false
      })
  }
}

interface KnownBuild {
  readonly view: BuildView
  /** Number of the last event in it. */
  readonly seq: number
}

/** Reads the build first: if it has ended, its steps are complete; otherwise events follow. */
async function readBuild(build: number, signal: AbortSignal): Promise<KnownBuild> {
  const request = { path: { build }, signal }
  const found = await call('showBuild', request)
  const { steps, seq, dockerfile } = await call('showSteps', request)
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
