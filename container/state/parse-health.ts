import type { ContainerHealth } from '../contract/record.ts'
import { isCount, isTable } from './document-shape.ts'

const VERDICTS: ReadonlySet<unknown> = new Set(['starting', 'healthy', 'unhealthy'])

/** As written by the supervisor (sandbox-native/crates/supervisor/src/health_status.rs); anything else counts as no health. */
export function parseHealth(document: unknown): ContainerHealth | undefined {
  if (!isTable(document)) return undefined
  const { status, failingStreak, log } = document
  if (!isVerdict(status) || !isCount(failingStreak) || !Array.isArray(log)) return undefined
  return { status, failingStreak, log: log.filter(isResult) }
}

function isVerdict(value: unknown): value is ContainerHealth['status'] {
  return VERDICTS.has(value)
}

function isResult(entry: unknown): entry is ContainerHealth['log'][number] {
  if (!isTable(entry)) return false
  const { start, end, exitCode, output } = entry
  const areTexts = [start, end, output].every((text) => typeof text === 'string')
  return areTexts && Number.isSafeInteger(exitCode)
}
