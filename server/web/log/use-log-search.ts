import { useEffect, useState } from 'preact/hooks'
import type { LogPart } from '../../api/index.ts'
import { type Matches, searchLog } from './search-log.ts'

const NOTHING: Matches = { lines: [], isDone: true, isCut: false }
const DELAY_MS = 200

export interface SearchedLog {
  readonly read: (offset: number, limit: number) => Promise<LogPart>
  /** Number of lines: a growing log is searched again when the field is used. */
  readonly count: number
  readonly onFound: (line: number | undefined, query: string) => void
}

export interface LogSearchState {
  readonly matches: Matches
  /** Index of the shown match. */
  readonly current: number
  /** The log could not be read to its end. */
  readonly hasFailed: boolean
  /** Shows the next or previous match. */
  go(step: 1 | -1): void
}

/** Searches the log a moment after the query changed. */
export function useLogSearch(query: string, { read, count, onFound }: SearchedLog): LogSearchState {
  const [matches, setMatches] = useState(NOTHING)
  const [hasFailed, setFailed] = useState(false)
  const [current, setCurrent] = useState(0)
  useEffect(() => {
    setMatches(NOTHING)
    setFailed(false)
    setCurrent(0)
    onFound(undefined, query)
    if (query === '' || count === 0) return
    const abort = new AbortController()
    let isFirst = true
    const report = (found: Matches): void => {
      setMatches(found)
      if (!isFirst || found.lines[0] === undefined) return
      isFirst = false
      onFound(found.lines[0], query)
    }
    const timer = setTimeout(() => {
      setMatches({ ...NOTHING, isDone: false })
      searchLog(read, { query, report }, abort.signal).catch(() => abort.signal.aborted || setFailed(true))
    }, DELAY_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [query, read])
  const go = (step: 1 | -1): void => {
    const { lines } = matches
    if (lines.length === 0) return
    const next = (current + step + lines.length) % lines.length
    setCurrent(next)
    onFound(lines[next], query)
  }
  return { matches, current, hasFailed, go }
}
