import type { LogSpec } from '../../container/index.ts'
import { badOption } from '../../container/index.ts'
import { splitPair } from '../../notation/index.ts'

const DRIVERS = ['json-file', 'local', 'none'] as const
const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, k: 1e3, m: 1e6, g: 1e9 }
const MAX_FILES = 1000

/** `--log-driver` and `--log-opt key=value`. Sizes are decimal, as in docker's drivers. */
export function parseLogFlags(driver: string | undefined, options: readonly string[]): LogSpec | undefined {
  if (driver === undefined && options.length === 0) return undefined
  const known = DRIVERS.find((name) => name === (driver ?? 'json-file'))
  if (known === undefined) {
    throw badOption(`Cannot use log driver "${driver}": unknown driver (expected ${DRIVERS.join(', ')})`, {
      hint: 'Forward the output of tsbuild logs -f to another system',
    })
  }
  const parsed = options.map((option) => parseOption(known, option))
  return Object.assign({ driver: known }, ...parsed)
}

function parseOption(driver: string, option: string): LogSpec {
  const [key, value = ''] = splitPair(option)
  if (driver !== 'none' && key === 'max-size') return { maxSizeBytes: sizeOf(value) }
  if (driver !== 'none' && key === 'max-file') return { maxFiles: countOf(value) }
  if (key === 'mode' && value === 'blocking') return {}
  if (key === 'compress' && value === 'false') return {}
  const known = driver === 'none' ? 'none' : 'max-size, max-file'
  throw badOption(`Cannot use log option "${option}": not supported by the driver "${driver}" (expected ${known})`)
}

function sizeOf(text: string): number {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmg]?)b?$/i.exec(text) ?? []
  const bytes = Math.trunc(Number(digits) * (UNITS[unit.toLowerCase()] ?? Number.NaN))
  if (bytes >= 1) return bytes
  throw badOption(`Cannot limit the log to "${text}": not a positive size (expected a size such as 10m)`)
}

function countOf(text: string): number {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (count >= 1 && count <= MAX_FILES) return count
  throw badOption(`Cannot keep "${text}" log files: not a number of files (expected 1 to ${MAX_FILES})`)
}
