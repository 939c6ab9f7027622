import type { Healthcheck } from '../../../image-spec/index.ts'
import { goDuration } from '../../../notation/index.ts'
import { goQuoteList } from './go-format.ts'

/** The `created_by` texts of an image's history as BuildKit 0.34 writes them, since images are compared by them. */
export const HISTORY_COMMENT = 'buildkit.dockerfile.v0'

/** Marks instructions that run or copy; settings and WORKDIR have no mark. */
export function markedStep(text: string): string {
  return `${text} # buildkit`
}

export function runHistory(argv: readonly string[], args: Iterable<readonly [name: string, value: string]>): string {
  // SPEC: an argument that is declared again keeps its position.
  const values = [...new Map(args)].map(([name, value]) => `${name}=${value}`)
  const prefix = values.length === 0 ? [] : [`|${values.length}`, ...values]
  return markedStep(['RUN', ...prefix, ...argv].join(' '))
}

export function pairsHistory(keyword: string, pairs: readonly (readonly [string, string])[]): string {
  return [keyword, ...pairs.map(([key, value]) => `${key}=${value}`)].join(' ')
}

/** For shell and exec form alike, once the shell is prepended. */
export function argvHistory(keyword: string, argv: readonly string[]): string {
  return `${keyword} ${goQuoteList(argv)}`
}

export function listHistory(keyword: string, items: readonly string[]): string {
  return `${keyword} [${items.join(' ')}]`
}

export function healthcheckHistory(check: Healthcheck): string {
  const times = (['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const).map(
    (name) => `${name}:${goDuration(check[name] ?? 0)}`,
  )
  return `HEALTHCHECK {${[`Test:[${(check.Test ?? []).join(' ')}]`, ...times, `Retries:${check.Retries ?? 0}`].join(' ')}}`
}
