import type { HealthSpec } from '../../container/index.ts'
import { present } from '../../image-spec/index.ts'
import { parseDurationMs } from '../../notation/index.ts'
import { usageError } from '../errors.ts'
import type { FlagValues } from '../flags/flag-table.ts'
import { integerFlag } from '../flags/numbers.ts'
import type { createFlags } from './run-flags.ts'

type Values = FlagValues<typeof createFlags>
type DurationFlag = 'health-interval' | 'health-timeout' | 'health-start-period' | 'health-start-interval'

/** Undefined: the image's health check. */
export function healthFlags(values: Values): HealthSpec | 'none' | undefined {
  const retries = integerFlag('--health-retries', values['health-retries'])
  if (retries !== undefined && retries < 0)
    throw usageError('Cannot use "--health-retries": it is negative (expected 0 or more)')
  const spec: HealthSpec = {
    ...present('command', values['health-cmd'] || undefined),
    ...present('intervalMs', durationOf(values, 'health-interval')),
    ...present('timeoutMs', durationOf(values, 'health-timeout')),
    ...present('startPeriodMs', durationOf(values, 'health-start-period')),
    ...present('startIntervalMs', durationOf(values, 'health-start-interval')),
    ...present('retries', retries),
  }
  const hasSettings = Object.keys(spec).length > 0
  if (!values['no-healthcheck']) return hasSettings ? spec : undefined
  if (hasSettings) throw usageError('Cannot use "--no-healthcheck" with "--health-…": conflicting options')
  return 'none'
}

function durationOf(values: Values, flag: DurationFlag): number | undefined {
  const text = values[flag]
  if (text === undefined) return undefined
  const ms = parseDurationMs(text)
  if (ms === undefined)
    throw usageError(`Cannot read "--${flag} ${text}": not a duration (expected 30s, 500ms or 1m30s)`)
  return ms
}
