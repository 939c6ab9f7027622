import type { BuildWarning } from '../request/builder.ts'
import { cleanText } from './clean-text.ts'

/** ` 2 warnings found:` and one line for each. */
export function warningLines(warnings: readonly BuildWarning[]): readonly string[] {
  if (warnings.length === 0) return []
  const title = warnings.length === 1 ? ' 1 warning found:' : ` ${warnings.length} warnings found:`
  const lines = warnings.map(({ code, message, range }) => {
    const where = range === undefined ? '' : ` (line ${range.start.line})`
    return ` - ${code}: ${cleanText(message)}${where}`
  })
  return [title, ...lines]
}
