import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { BuildStep } from '../../api/index.ts'
import type { LiveBuild } from '../api/use-live-build.ts'
import { formatCount } from '../parts/format.ts'
import { LogRow } from './log-row.tsx'
import { LogSearch } from './log-search.tsx'
import { scrollScale } from './scroll-scale.ts'
import { useLog } from './use-log.ts'

interface LogViewProps {
  readonly build: number
  readonly step: BuildStep
  readonly onLog: LiveBuild['onLog']
}

const ROW = 20
const SPARE = 10

/** Only the lines in view are in the document, however many there are. */
export function LogView({ build, step, onLog }: LogViewProps) {
  const log = useLog(build, step, onLog)
  const box = useRef<HTMLElement>(null)
  const [height, setHeight] = useState(400)
  const [scrollTop, setScrollTop] = useState(0)
  const [follows, setFollows] = useState(step.state === 'running' || step.state === 'failed')
  const [search, setSearch] = useState<{ query: string; line?: number }>({ query: '' })
  const { count } = log.lines
  const scale = scrollScale(count, ROW, height)
  const latest = useRef(scale)
  latest.current = scale

  const scrollToLine = (line: number): void => {
    if (box.current !== null) box.current.scrollTop = scale.scrollTop(line)
  }
  useLayoutEffect(() => {
    const element = box.current
    if (element === null) return
    const observer = new ResizeObserver(() => setHeight(element.clientHeight))
    observer.observe(element)
    // Where the log is taller than an element can be, the wheel still moves by lines.
    const wheel = (event: WheelEvent): void => {
      if (event.deltaY === 0 || event.ctrlKey || latest.current.wheel(1) >= 1) return
      event.preventDefault()
      element.scrollTop += latest.current.wheel(event.deltaY)
    }
    element.addEventListener('wheel', wheel, { passive: false })
    return () => {
      observer.disconnect()
      element.removeEventListener('wheel', wheel)
    }
  }, [])
  useLayoutEffect(() => {
    if (follows && box.current !== null) box.current.scrollTop = box.current.scrollHeight
  }, [follows, count, height, log.version])

  const top = scale.topLine(scrollTop)
  const first = Math.max(0, Math.floor(top) - SPARE)
  const last = Math.min(count, Math.ceil(top + height / ROW) + SPARE)
  const rows = Array.from({ length: Math.max(0, last - first) }, (_, index) => first + index)
  const missing = rows.find((index) => log.lines.line(index) === undefined)
  useEffect(() => {
    if (missing !== undefined && !log.isBroken) log.need(missing)
  })
  const scrolled = (): void => {
    const element = box.current
    if (element === null) return
    setScrollTop(element.scrollTop)
    setFollows(element.scrollTop + element.clientHeight >= element.scrollHeight - ROW)
  }
  const found = (line: number | undefined, query: string): void => {
    setSearch({ query, ...(line !== undefined && { line }) })
    if (line === undefined) return
    setFollows(false)
    scrollToLine(line - Math.floor(height / ROW / 3))
  }
  return (
    <section class="log" aria-label={`Log of ${step.name}`}>
      <div class="log-bar">
        <LogSearch key={step.id} read={log.read} count={count} onFound={found} />
        <span class="quiet-text">{count === 1 ? '1 line' : `${formatCount(count)} lines`}</span>
        <button type="button" class="quiet" aria-pressed={follows} onClick={() => setFollows(!follows)}>
          Follow
        </button>
      </div>
      {log.isBroken && <LogBroken onRetry={() => log.need(missing ?? 0)} />}
      <section
        class="log-box"
        style={{ '--log-lines': Math.max(3, count) }}
        ref={box}
        onScroll={scrolled}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keyboard scrolls it
        tabIndex={0}
        aria-label="Log text"
      >
        <div class="log-room" style={{ height: `${scale.height}px` }}>
          <div class="log-rows" style={{ transform: `translateY(${scrollTop - (top - first) * ROW}px)` }}>
            {rows.map((index) => (
              <LogRow
                key={index}
                index={index}
                segments={log.lines.line(index)}
                query={search.query}
                isCurrent={index === search.line}
              />
            ))}
          </div>
        </div>
        {count === 0 && <p class="log-empty">{emptyText(step)}</p>}
      </section>
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
