import type { BuildState, BuildStep } from '../../api/index.ts'
import { Icon, type IconName } from './icons.tsx'

type State = BuildState | BuildStep['state']

const LOOKS: Readonly<Record<State, { readonly icon: IconName; readonly tone: string }>> = {
  queued: { icon: 'clock', tone: 'quiet' },
  waiting: { icon: 'clock', tone: 'quiet' },
  running: { icon: 'clock', tone: 'running' },
  succeeded: { icon: 'check', tone: 'good' },
  cached: { icon: 'bolt', tone: 'cached' },
  failed: { icon: 'cross', tone: 'bad' },
  cancelled: { icon: 'dash', tone: 'quiet' },
  superseded: { icon: 'dash', tone: 'quiet' },
}

export function toneOf(state: State): string {
  return LOOKS[state].tone
}

export function StateMark({ state }: { readonly state: State }) {
  const { icon, tone } = LOOKS[state]
  return (
    <span class={`mark ${tone}`}>
      {tone === 'running' ? <span class="spinner" aria-hidden="true" /> : <Icon name={icon} />}
    </span>
  )
}

/** Icon and text: color is never the only difference. */
export function StateBadge({ state }: { readonly state: State }) {
  return (
    <span class={`badge ${LOOKS[state].tone}`}>
      <StateMark state={state} />
      {state}
    </span>
  )
}
