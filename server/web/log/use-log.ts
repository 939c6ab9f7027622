import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { BuildStep, LogPart } from '../../api/index.ts'
import { call } from '../api/call.ts'
import type { LiveBuild } from '../api/use-live-build.ts'
import { createLogLines, type LogLines } from './log-lines.ts'

export interface StepLog {
  readonly lines: LogLines
  /** Changes with what is here. */
  readonly version: number
  readonly isBroken: boolean
  /** Fetches lines around the index unless they are here or on their way. */
  need(index: number): void
  read(offset: number, limit: number): Promise<LogPart>
}

const LEAD = 100

/** A step's log: fetched where it is looked at, live where it grows. */
export function useLog(build: number, step: BuildStep, onLog: LiveBuild['onLog']): StepLog {
  const { id } = step
  const lines = useRef<LogLines | undefined>(undefined)
  lines.current ??= createLogLines({ lines: step.logLines, bytes: step.logBytes })
  const known = lines.current
  const [version, setVersion] = useState(0)
  const [isBroken, setBroken] = useState(false)
  const changed = useCallback(() => setVersion((old) => old + 1), [])
  const fetching = useRef(false)

  useEffect(() => {
    let frame = 0
    const stop = onLog((event) => {
      if (event.step !== id) return
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
  }, [id, known, onLog, changed])

  const need = useCallback(
    (index: number) => {
      if (fetching.current || known.line(index) !== undefined) return
      fetching.current = true
      let line = Math.max(0, index - LEAD)
      while (line < index && known.line(line) !== undefined) line += 1
      call('readStepLog', { path: { build, step: id }, query: { line } })
        .then(
          (part) => {
            known.addPart(part)
            setBroken(false)
          },
          () => setBroken(true),
        )
        .finally(() => {
          fetching.current = false
          changed()
        })
    },
    [build, id, known, changed],
  )
  const read = useCallback(
    (offset: number, limit: number) => call('readStepLog', { path: { build, step: id }, query: { offset, limit } }),
    [build, id],
  )
  return { lines: known, version, isBroken, need, read }
}
