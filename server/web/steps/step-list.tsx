import { useMemo } from 'preact/hooks'
import type { BuildStep } from '../../api/index.ts'
import { plainText } from '../log/plain-text.ts'
import { formatBytes, formatDuration } from '../parts/format.ts'
import { StateMark, toneOf } from '../parts/state.tsx'
import { GraphDrawing, graphWidth } from './graph-drawing.tsx'
import { layOutSteps } from './step-graph.ts'
import { cpuMs, durationMs, type Span, spanOf } from './step-times.ts'

interface StepListProps {
  readonly steps: readonly BuildStep[]
  readonly selected: string | undefined
  readonly nowMs: number
  readonly onSelect: (id: string) => void
}

/** Graph, names and timeline of the steps side by side. */
export function StepList({ steps, selected, nowMs, onSelect }: StepListProps) {
  const graph = useMemo(() => layOutSteps(steps), [steps])
  const span = spanOf(steps, nowMs)
  return (
    <div class="step-list" style={{ '--graph': `${graphWidth(graph)}px` }}>
      <div class="step-head" aria-hidden="true">
        <span>Step</span>
        <span class="took">Time</span>
        <span class="bar">{formatDuration(span.endMs - span.startMs)}</span>
      </div>
      <div class="step-rows">
        <GraphDrawing graph={graph} />
        <ol>
          {graph.rows.map(({ step }) => (
            <li key={step.id}>
              <button
                type="button"
                class="step-row"
                aria-current={step.id === selected ? 'true' : undefined}
                onClick={() => onSelect(step.id)}
              >
                <StateMark state={step.state} />
                <span class="step-what">
                  <StepName step={step} />
                  <StepUsage step={step} />
                </span>
                <TimeTaken step={step} nowMs={nowMs} />
                <TimelineBar step={step} span={span} nowMs={nowMs} />
              </button>
            </li>
          ))}
        </ol>
      </div>
    </div>
  )
}

function StepName({ step }: { readonly step: BuildStep }) {
  const [, where, text] = /^(\[[^\]]*\])\s*(.*)$/s.exec(step.name) ?? [undefined, '', step.name]
  return (
    <span class="step-name" title={plainText(step.name)}>
      <span class="visually-hidden">{step.state}: </span>
      {where !== '' && <span class="step-where">{plainText(where ?? '')}</span>} {plainText(text ?? '')}
    </span>
  )
}

function StepUsage({ step }: { readonly step: BuildStep }) {
  const cpu = cpuMs(step)
  const memory = step.usage?.peakMemoryBytes
  if (cpu === undefined) return null
  return (
    <span class="step-usage">
      CPU {formatDuration(cpu)}
      {memory !== undefined && ` · memory ${formatBytes(memory)}`}
    </span>
  )
}

function TimeTaken({ step, nowMs }: { readonly step: BuildStep; readonly nowMs: number }) {
  const took = durationMs(step, nowMs)
  return <span class="took">{step.state === 'cached' ? 'cached' : took !== undefined && formatDuration(took)}</span>
}

interface TimelineBarProps {
  readonly step: BuildStep
  readonly span: Span
  readonly nowMs: number
}

function TimelineBar({ step, span, nowMs }: TimelineBarProps) {
  if (step.startedMs === undefined) return <span class="bar" />
  const total = Math.max(1, span.endMs - span.startMs)
  const left = ((step.startedMs - span.startMs) / total) * 100
  const width = ((durationMs(step, nowMs) ?? 0) / total) * 100
  return (
    <span class="bar" aria-hidden="true">
      <span
        class={`bar-fill ${toneOf(step.state)}`}
        style={{ left: `min(${left}%, 100% - 3px)`, width: `${width}%` }}
      />
    </span>
  )
}
