import { useRef } from 'preact/hooks'
import { type BuildView, mostInterestingStep } from '../../api/live-build.ts'
import type { LiveBuild } from '../../api/use-live-build.ts'
import { showStep, useLogPosition } from '../../log/log-position.ts'
import { plainText } from '../../log/plain-text.ts'
import { Empty } from '../../parts/notice.tsx'
import { useNow } from '../../parts/use-now.ts'
import { StepList } from '../../steps/step-list.tsx'
import { StepPanel } from '../../steps/step-panel.tsx'

export function BuildSteps({ live, view }: { readonly live: LiveBuild; readonly view: BuildView }) {
  const { build, steps } = view
  const isOpen = build.endedAt === undefined
  const now = useNow(200, isOpen)
  const position = useLogPosition()
  const panel = useRef<HTMLDivElement>(null)
  const shown =
    steps.find(({ id }) => id === position?.step) ?? steps.find(({ id }) => id === mostInterestingStep(view))
  const choose = (id: string): void => {
    showStep(id)
    requestAnimationFrame(() => {
      if (panel.current !== null) reveal(panel.current)
    })
  }
  const warnings = build.result?.warnings ?? view.warnings
  return (
    <>
      {warnings.length > 0 && <Warnings warnings={warnings} />}
      {shown === undefined ? (
        <Empty title={isOpen ? waitingText(view) : 'No steps were recorded for this build'} />
      ) : (
        <div class="build-panes">
          <StepList steps={steps} selected={shown.id} nowMs={now} onSelect={choose} />
          <div ref={panel} class="panel-place">
            <StepPanel
              build={build.id}
              step={shown}
              steps={steps}
              dockerfile={view.dockerfile}
              nowMs={now}
              isExplained={build.failure?.step === shown.id}
              onLog={live.onLog}
              line={shown.id === position?.step ? position.line : undefined}
              onSelect={choose}
            />
          </div>
        </div>
      )}
    </>
  )
}

/** On narrow screens the panel is below the list. A sticky one is visible already: scrolling would only move the list. */
function reveal(panel: Element): void {
  if (getComputedStyle(panel).position !== 'sticky') panel.scrollIntoView({ block: 'nearest' })
}

interface Warning {
  readonly code: string
  readonly message: string
  readonly line?: number
}

function Warnings({ warnings }: { readonly warnings: readonly Warning[] }) {
  return (
    <details class="warnings">
      <summary>{warnings.length === 1 ? '1 warning' : `${warnings.length} warnings`}</summary>
      <ul>
        {warnings.map((warning, index) => (
          <li key={index}>
            {warning.line !== undefined && `Line ${warning.line}: `}
            {plainText(warning.message)} <span class="quiet-text">{plainText(warning.code)}</span>
          </li>
        ))}
      </ul>
    </details>
  )
}

function waitingText({ build }: BuildView): string {
  return build.state === 'queued' ? 'Waiting for a worker, or for another build of the project' : 'Starting'
}
