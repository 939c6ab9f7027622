import { useEffect, useId, useState } from 'preact/hooks'
import type { LogPart } from '../../api/index.ts'
import { formatCount } from '../parts/format.ts'
import { Icon } from '../parts/icons.tsx'
import { type Matches, searchLog } from './search-log.ts'

interface LogSearchProps {
  readonly read: (offset: number, limit: number) => Promise<LogPart>
  /** Of lines: a log that grows is searched again when the field is used. */
  readonly count: number
  readonly onFound: (line: number | undefined, query: string) => void
}

const NOTHING: Matches = { lines: [], isDone: true, isCut: false }
const DELAY_MS = 200

export function LogSearch({ read, count, onFound }: LogSearchProps) {
  const field = useId()
  const [query, setQuery] = useState('')
  const [matches, setMatches] = useState(NOTHING)
  const [current, setCurrent] = useState(0)

  useEffect(() => {
    setMatches(NOTHING)
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
      searchLog(query, read, report, abort.signal).catch(() => setMatches(NOTHING))
    }, DELAY_MS)
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [query, read])

  const { lines } = matches
  const go = (step: number): void => {
    if (lines.length === 0) return
    const next = (current + step + lines.length) % lines.length
    setCurrent(next)
    onFound(lines[next], query)
  }
  return (
    <search class="log-search">
      <label class="visually-hidden" for={field}>
        Search the log
      </label>
      <Icon name="search" />
      <input
        id={field}
        type="search"
        placeholder="Search"
        autocomplete="off"
        spellcheck={false}
        value={query}
        onInput={({ currentTarget }) => setQuery(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') go(event.shiftKey ? -1 : 1)
        }}
      />
      <span class="log-count" role="status">
        {query !== '' && countText(matches, current)}
      </span>
      <button
        type="button"
        class="quiet"
        aria-label="Previous match"
        disabled={lines.length === 0}
        onClick={() => go(-1)}
      >
        <Icon name="up" />
      </button>
      <button type="button" class="quiet" aria-label="Next match" disabled={lines.length === 0} onClick={() => go(1)}>
        <Icon name="down" />
      </button>
    </search>
  )
}

function countText({ lines, isDone, isCut }: Matches, current: number): string {
  if (lines.length === 0) return isDone ? 'No matches' : 'Searching…'
  return `${formatCount(current + 1)} of ${formatCount(lines.length)}${isDone && !isCut ? '' : '+'}`
}
