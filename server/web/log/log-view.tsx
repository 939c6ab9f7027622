import { useEffect, useState } from 'preact/hooks'
import type { BuildStep } from '../../api/index.ts'
import type { LiveBuild } from '../api/use-live-build.ts'
import { formatCount } from '../parts/format.ts'
import { logFragment } from './log-position.ts'
import { LogRow } from './log-row.tsx'
import { LogSearch } from './log-search.tsx'
import { type StepLog, useLog } from './use-log.ts'
import { type LogScroll, useLogScroll } from './use-log-scroll.ts'

interface LogViewProps {
  readonly build: number
  readonly step: BuildStep
  readonly onLog: LiveBuild['onLog']
  /** Index of the line in the page's URL. */
  readonly line: number | undefined
}

interface Found {
  readonly query: string
  readonly line?: number | undefined
}

/** Only the visible lines are in the document, however many there are. */
export function LogView({ build, step, onLog, line }: LogViewProps) {
  const log = useLog(build, step, onLog)
  const { count } = log.lines
  const followsAtFirst = step.state === 'running' || step.state === 'failed'
  const scroll = useLogScroll({ count, version: log.version, followsAtFirst })
  const [found, setFound] = useState<Found>({ query: '' })
  const isThere = line !== undefined && line < count
  useEffect(() => {
    if (!isThere) return
    setFound(({ query }) => ({ query }))
    scroll.showLine(line)
  }, [line, isThere])
  const missing = scroll.rows.find((index) => log.lines.line(index) === undefined)
  useEffect(() => {
    if (missing !== undefined && !log.isBroken) log.need(missing)
  })
  const showFound = (at: number | undefined, query: string): void => {
    setFound({ query, ...(at !== undefined && { line: at }) })
    if (at !== undefined) scroll.showLine(at)
  }
  return (
    <section class="log" aria-label={`Log of ${step.name}`}>
      <div class="log-bar">
        <LogSearch key={step.id} read={log.read} count={count} onFound={showFound} />
        <span class="quiet-text">{count === 1 ? '1 line' : `${formatCount(count)} lines`}</span>
        <button
          type="button"
          class="quiet"
          aria-pressed={scroll.follows}
          onClick={() => scroll.setFollows(!scroll.follows)}
        >
          Follow
        </button>
      </div>
      {log.isBroken && <LogBroken onRetry={() => log.need(missing ?? 0)} />}
      <LogText log={log} scroll={scroll} found={{ line, ...found }} step={step} />
    </section>
  )
}

interface LogTextProps {
  readonly log: StepLog
  readonly scroll: LogScroll
  readonly found: Found
  readonly step: BuildStep
}

function LogText({ log: { lines }, scroll, found, step }: LogTextProps) {
  return (
    <section
      class="log-box"
      style={{ '--log-lines': Math.max(3, lines.count), '--digits': String(lines.count).length }}
      ref={scroll.box}
      onScroll={scroll.scrolled}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
      tabIndex={0}
      aria-label="Log text"
    >
      <div class="log-room" style={{ height: `${scroll.heightPx}px` }}>
        <div class="log-rows" style={{ transform: `translateY(${scroll.offsetPx}px)` }}>
          {scroll.rows.map((index) => (
            <LogRow
              key={index}
              index={index}
              segments={lines.line(index)}
              query={found.query}
              isCurrent={index === found.line}
              href={logFragment({ step: step.id, line: index })}
            />
          ))}
        </div>
      </div>
      {lines.count === 0 && <p class="log-empty">{emptyText(step)}</p>}
    </section>
  )
}

function LogBroken({ onRetry }: { readonly onRetry: () => void }) {
  return (
    <p class="log-broken" role="alert">
      Cannot load the log{' '}
      <button type="button" class="quiet" onClick={onRetry}>
        Try again
      </button>
    </p>
  )
}

function emptyText({ state }: BuildStep): string {
  if (state === 'cached') return 'Taken from the cache: the step did not run'
  if (state === 'waiting') return 'Waiting for the steps it depends on'
  return state === 'running' ? 'No output yet' : 'The step printed nothing'
}
