import { useId, useState } from 'preact/hooks'
import { formatCount } from '../parts/format.ts'
import { Icon } from '../parts/icons.tsx'
import { type LogSearchState, type SearchedLog, useLogSearch } from './use-log-search.ts'

export function LogSearch(log: SearchedLog) {
  const field = useId()
  const [query, setQuery] = useState('')
  const search = useLogSearch(query, log)
  const isEmpty = search.matches.lines.length === 0
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
        onKeyDown={({ key, shiftKey }) => key === 'Enter' && search.go(shiftKey ? -1 : 1)}
      />
      <span class="log-count" role="status">
        {query !== '' && resultText(search)}
      </span>
      <button type="button" class="quiet" aria-label="Previous match" disabled={isEmpty} onClick={() => search.go(-1)}>
        <Icon name="up" />
      </button>
      <button type="button" class="quiet" aria-label="Next match" disabled={isEmpty} onClick={() => search.go(1)}>
        <Icon name="down" />
      </button>
    </search>
  )
}

function resultText({ matches: { lines, isDone, isCut }, current, hasFailed }: LogSearchState): string {
  if (hasFailed) return 'Search failed'
  if (lines.length === 0) return isDone ? 'No matches' : 'Searching…'
  return `${formatCount(current + 1)} of ${formatCount(lines.length)}${isDone && !isCut ? '' : '+'}`
}
