import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { BuildStep, LogPart } from '../../api/index.ts'
import { call } from '../api/call.ts'
import type { LiveBuild } from '../api/use-live-build.ts'
import { createLogLines, type LogLines } from './log-lines.ts'

export interface StepLog {
  readonly lines: LogLines
  /** Changes with the loaded content. */
  readonly version: number
  readonly isBroken: boolean
  /** Fetches lines around the index unless they are loaded or being loaded. */
  need(index: number): void
  read(offset: number, limit: number): Promise<LogPart>
}

const LEAD = 100

/** A step's log: fetched where it is viewed, updated live where it grows. */
export function useLog(build: number, step: BuildStep, onLog: LiveBuild['onLog']): StepLog {
  const { id } = step
  const lines = useRef<LogLines | undefined>(undefined)
  lines.current ??= createLogLines({ lines: step.logLines, bytes: step.logBytes })
  const known = lines.current
  const [version, setVersion] = useState(0)
  const changed = useCallback(() => setVersion((old) => old + 1), [])
  const ask = useCallback(
    (query: { readonly line: number } | { readonly offset: number; readonly limit: number }) =>
      call('readStepLog', { path: { build, step: id }, query }),
    [build, id],
  )
  useLiveLines(id, known, { onLog, changed })
  const { isBroken, need } = useFetchedLines(known, { ask, changed })
  const read = useCallback((offset: number, limit: number) => ask({ offset, limit }), [ask])
  return { lines: known, version, isBroken, need, read }
}

/** Adds new output of the step; `changed` is called once per frame. */
function useLiveLines(
  step: string,
  known: LogLines,
  { onLog, changed }: { readonly onLog: LiveBuild['onLog']; readonly changed: () => void },
): void {
  useEffect(() => {
    let frame = 0
    const stop = onLog((event) => {
      if (event.step !== step) return
      known.addLive(event)
      if (frame === 0)
        frame = requestAnimationFrame(() => {
          frame = 0
          changed()
        })
    })
    return () => {
      stop()
      cancelAnimationFrame(frame)
    }
  }, [step, known, onLog, changed])
}

interface Fetching {
  readonly ask: (query: { readonly line: number }) => Promise<LogPart>
  readonly changed: () => void
}

/** One request at a time: the page requests missing lines again. */
function useFetchedLines(known: LogLines, { ask, changed }: Fetching): Pick<StepLog, 'isBroken' | 'need'> {
  const [isBroken, setBroken] = useState(false)
  const isFetching = useRef(false)
  const need = useCallback(
    (index: number) => {
      if (isFetching.current || known.line(index) !== undefined) return
      isFetching.current = true
      let line = Math.max(0, index - LEAD)
      while (line < index && known.line(line) !== undefined) line += 1
      const add = (part: LogPart): void => {
        known.addPart(part)
        setBroken(false)
      }
      ask({ line })
        .then(add, () => setBroken(true))
        .finally(() => {
          isFetching.current = false
          changed()
        })
    },
    [known, ask, changed],
  )
  return { isBroken, need }
}
