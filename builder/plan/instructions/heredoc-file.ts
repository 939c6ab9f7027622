import { posix } from 'node:path'
import type { Heredoc } from '../../../parser/index.ts'
import type { PlanContext } from '../plan-context.ts'

/**
 * The file of a heredoc in the root of its own small source, named after its delimiter; as in BuildKit, `../name` is in
 * the root as well. Undefined if the delimiter is not a file name there, which is reported.
 */
export function heredocFile({ name, range }: Heredoc, plan: PlanContext): string | undefined {
  const path = posix.join('/', name).replace(/\/$/, '')
  if (posix.dirname(path) === '/') return path
  const message = `Cannot create a file of heredoc "${name}": no file name (expected a name without slashes)`
  plan.problems.error({ code: 'PLAN_HEREDOC_INVALID', range, message })
  return undefined
}
