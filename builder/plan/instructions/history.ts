import type { Healthcheck } from '../../../image-spec/index.ts'
import { goDuration, goQuoteInteger, goQuoteList } from './go-format.ts'

/**
 * The `created_by` texts of an image's history, as `docker build` of Docker Engine writes them: images are compared by
 * them. Where releases of BuildKit differ (EXPOSE, HEALTHCHECK, ARG), the form is that of the engine 20.10.
 */
export const HISTORY_COMMENT = 'buildkit.dockerfile.v0'

/** Instructions that run or copy carry this mark, settings and WORKDIR do not. */
export function markedStep(text: string): string {
  return `${text} # buildkit`
}

export function runHistory(argv: readonly string[], args: Iterable<readonly [name: string, value: string]>): string {
  const values = [...args].map(([name, value]) => `${name}=${value}`)
  const prefix = values.length === 0 ? [] : [`|${values.length}`, ...values]
  return markedStep(['RUN', ...prefix, ...argv].join(' '))
}

export function pairsHistory(keyword: string, pairs: readonly (readonly [string, string])[]): string {
  return [keyword, ...pairs.map(([key, value]) => `${key}=${value}`)].join(' ')
}

/** Shell and exec form alike, after the shell was put in front. */
export function argvHistory(keyword: string, argv: readonly string[]): string {
  return `${keyword} ${goQuoteList(argv)}`
}

export function listHistory(keyword: string, items: readonly string[]): string {
  return `${keyword} [${items.join(' ')}]`
}

export function exposeHistory(ports: readonly string[]): string {
  return `EXPOSE map[${ports.map((port) => `${port}:{}`).join(' ')}]`
}

/** The start interval, which the engine 20.10 does not know, stands fourth where it is given, as in later engines. */
export function healthcheckHistory(check: Healthcheck): string {
  const durations = [
    check.Interval,
    check.Timeout,
    check.StartPeriod,
    ...(check.StartInterval ? [check.StartInterval] : []),
  ]
  const texts = durations.map((duration) => `"${goDuration(duration ?? 0)}"`)
  return `HEALTHCHECK &{${[goQuoteList(check.Test), ...texts, goQuoteInteger(check.Retries ?? 0)].join(' ')}}`
}
