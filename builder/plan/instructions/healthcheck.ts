import type { Healthcheck } from '../../../image-spec/index.ts'
import { parseGoDuration } from '../../../notation/index.ts'
import type { HealthcheckInstruction } from '../../../parser/index.ts'
import type { StageDraft } from '../plan-context.ts'
import { findFlag } from './flags.ts'
import { healthcheckHistory } from './history.ts'
import { remember } from './image-settings.ts'

/**
 * HEALTHCHECK: the parser has checked the values; zero and missing values are left to the engine that runs the image.
 */
export function applyHealthcheck(instruction: HealthcheckInstruction, stage: StageDraft): void {
  const numbers = {
    Interval: durationOf(instruction, 'interval'),
    Timeout: durationOf(instruction, 'timeout'),
    StartPeriod: durationOf(instruction, 'start-period'),
    StartInterval: durationOf(instruction, 'start-interval'),
    Retries: Number(findFlag(instruction, 'retries')?.value || 0),
  }
  const positive = Object.entries(numbers).filter(([, value]) => value > 0)
  const check: Healthcheck = { Test: testOf(instruction), ...Object.fromEntries(positive) }
  stage.config.Healthcheck = check
  remember(stage, healthcheckHistory(check))
}

function testOf({ command }: HealthcheckInstruction): readonly string[] {
  if (!command) return ['NONE']
  return command.form === 'exec' ? ['CMD', ...command.argv] : ['CMD-SHELL', command.text]
}

/** In nanoseconds. */
function durationOf(instruction: HealthcheckInstruction, flag: string): number {
  return parseGoDuration(findFlag(instruction, flag)?.value || '0') ?? 0
}
