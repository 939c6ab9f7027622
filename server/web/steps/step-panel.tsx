import type { BuildStep, BuildSteps } from '../../api/index.ts'
import type { LiveBuild } from '../api/use-live-build.ts'
import { LogView } from '../log/log-view.tsx'
import { plainText } from '../log/plain-text.ts'
import { formatBytes, formatDuration } from '../parts/format.ts'
import { StateBadge } from '../parts/state.tsx'
import { CacheExplanation } from './cache-explanation.tsx'
import { SourceExcerpt } from './source-excerpt.tsx'
import { cpuMs, durationMs } from './step-times.ts'

interface StepPanelProps {
  readonly build: number
  readonly step: BuildStep
  readonly steps: readonly BuildStep[]
  readonly dockerfile: BuildSteps['dockerfile']
  readonly nowMs: number
  /** Whether the page already shows why it failed. */
  readonly isExplained: boolean
  readonly onLog: LiveBuild['onLog']
  readonly line: number | undefined
  readonly onSelect: (id: string) => void
}

/** Everything about one step. */
export function StepPanel(props: StepPanelProps) {
  const { build, step, steps, dockerfile, nowMs, isExplained, onLog, line, onSelect } = props
  const inputs = steps.filter(({ id }) => step.inputs.includes(id))
  return (
    <section class="step-panel" aria-labelledby="step-title">
      <header>
        <StateBadge state={step.state} />
        <h2 id="step-title">{plainText(step.name)}</h2>
      </header>
      {step.failure && !isExplained && <p class="step-failure">{plainText(step.failure.message)}</p>}
      <StepFacts step={step} nowMs={nowMs} />
      <LogView key={step.id} build={build} step={step} onLog={onLog} line={line} />
      {step.explanation && (
        <details open={step.explanation.outcome === 'missed' || step.state === 'failed'}>
          <summary>{step.explanation.outcome === 'hit' ? 'Cache hit' : 'Why it ran'}</summary>
          <CacheExplanation explanation={step.explanation} />
        </details>
      )}
      {dockerfile && step.lines && (
        <details open={step.state === 'failed'}>
          <summary>Dockerfile</summary>
          <SourceExcerpt dockerfile={dockerfile} lines={step.lines} />
        </details>
      )}
      {inputs.length > 0 && (
        <details>
          <summary>{`Depends on ${inputs.length === 1 ? '1 step' : `${inputs.length} steps`}`}</summary>
          <ul class="inputs">
            {inputs.map(({ id, name }) => (
              <li key={id}>
                <button type="button" class="link" onClick={() => onSelect(id)}>
                  {plainText(name)}
                </button>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

function StepFacts({ step, nowMs }: { readonly step: BuildStep; readonly nowMs: number }) {
  const took = durationMs(step, nowMs)
  const cpu = cpuMs(step)
  const { peakMemoryBytes, readBytes, writtenBytes } = step.usage ?? {}
  const transfers = Object.values(step.progress ?? {})
  const done = transfers.reduce((sum, { doneBytes }) => sum + doneBytes, 0)
  const total = transfers.reduce((sum, { doneBytes, totalBytes = doneBytes }) => sum + totalBytes, 0)
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Started', step.startedMs === undefined ? undefined : new Date(step.startedMs).toLocaleTimeString()],
    ['Time', took === undefined || step.state === 'cached' ? undefined : formatDuration(took)],
    ['CPU', cpu === undefined ? undefined : formatDuration(cpu)],
    ['Peak memory', peakMemoryBytes === undefined ? undefined : formatBytes(peakMemoryBytes)],
    ['Read', readBytes === undefined ? undefined : formatBytes(readBytes)],
    ['Written', writtenBytes === undefined ? undefined : formatBytes(writtenBytes)],
    [
      'Transferred',
      total === 0 ? undefined : done < total ? `${formatBytes(done)} of ${formatBytes(total)}` : formatBytes(total),
    ],
    ['Exit code', step.failure?.exitCode === undefined ? undefined : String(step.failure.exitCode)],
  ]
  return (
    <dl class="facts">
      {facts.map(
        ([title, value]) =>
          value !== undefined && (
            <div key={title}>
              <dt>{title}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}
