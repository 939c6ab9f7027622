import type { HealthSpec } from '../../container/index.ts'
import { usageError } from '../errors.ts'
import type { FlagValues } from '../flags/flag-table.ts'
import { integerFlag } from '../flags/numbers.ts'
import { parseDuration } from '../flags/times.ts'
import type { createFlags } from './run-flags.ts'

type Values = FlagValues<typeof createFlags>
type DurationFlag = 'health-interval' | 'health-timeout' | 'health-start-period' | 'health-start-interval'

/** Undefined: as the image says. */
export function healthFlags(values: Values): HealthSpec | 'none' | undefined {
  const retries = integerFlag('--health-retries', values['health-retries'])
  if (retries !== undefined && retries < 0)
    throw usageError('Cannot use "--health-retries": it is negative (0 or more)')
  const spec: HealthSpec = {
    ...given('command', values['health-cmd'] || undefined),
    ...given('intervalMs', durationOf(values, 'health-interval')),
    ...given('timeoutMs', durationOf(values, 'health-timeout')),
    ...given('startPeriodMs', durationOf(values, 'health-start-period')),
    ...given('startIntervalMs', durationOf(values, 'health-start-interval')),
    ...given('retries', retries),
  }
  const isGiven = Object.keys(spec).length > 0
  if (!values['no-healthcheck']) return isGiven ? spec : undefined
  if (isGiven) throw usageError('Cannot use "--no-healthcheck" with "--health-…": they contradict each other')
  return 'none'
}

function durationOf(values: Values, flag: DurationFlag): number | undefined {
  const text = values[flag]
  if (text === undefined) return undefined
  const ms = text === '0' ? 0 : parseDuration(text)
  if (ms === undefined)
    throw usageError(`Cannot read "--${flag} ${text}": it is no duration (want 30s, 500ms or 1m30s)`)
  return ms
}

function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { readonly [P in K]?: V }
}
