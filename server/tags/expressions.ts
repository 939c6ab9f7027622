import { formatTime, isTimeZone, unknownToken } from './format-time.ts'

/** Values of the global expressions of docker/metadata-action. */
export interface Expressed {
  readonly ref: string
  readonly commit: string
  readonly committedAt: string
  /** Branch into which the pull request is to be merged. */
  readonly base: string | undefined
  readonly defaultBranch: string | undefined
}

/** `{{branch}}`, `{{date 'YYYYMMDD' tz='UTC'}}`. */
const EXPRESSION = /\{\{\{?\s*(\w+)(?:\s+'(.*?)')?(?:\s+tz='(.*?)')?\s*\}?\}\}/g
const SIMPLE = ['branch', 'tag', 'sha', 'base_ref', 'is_default_branch']
const TIMES = ['date', 'commit_date']

export function expandExpressions(text: string, about: Expressed): string {
  const { ref, commit, committedAt, base, defaultBranch } = about
  const [, kind, name = ''] = /^refs\/(heads|tags)\/(.*)$/.exec(ref) ?? []
  const time = (date: Date, format = '', zone = 'UTC'): string => formatTime(date, format, zone)
  return text.replace(EXPRESSION, (whole: string, ...found: readonly (string | undefined)[]) => {
    const [word, format, zone] = found
    if (word === 'branch') return kind === 'heads' ? name : ''
    if (word === 'tag') return kind === 'tags' ? name : ''
    if (word === 'sha') return commit.slice(0, 7)
    if (word === 'base_ref') return base ?? ''
    if (word === 'is_default_branch') return String(kind === 'heads' && name === defaultBranch)
    if (word === 'date') return time(new Date(), format, zone)
    if (word === 'commit_date') return time(new Date(committedAt), format, zone)
    return whole
  })
}

/** Why a text cannot be expanded. `more` are additional expressions that are valid only there. */
export function expressionMistake(text: string, more: readonly string[] = []): string | undefined {
  for (const [whole, word = '', format, zone] of text.matchAll(EXPRESSION)) {
    const isTime = TIMES.includes(word)
    if (!isTime && !SIMPLE.includes(word) && !more.includes(word)) return `unknown expression "${whole}"`
    if (isTime && format === undefined) return `"${whole}" has no format`
    if (!isTime && (format ?? zone) !== undefined) return `"${word}" takes no argument`
    const token = unknownToken(format ?? '')
    if (token !== undefined) return `date format "${format}": "${token}" is not supported`
    if (zone !== undefined && !isTimeZone(zone)) return `unknown time zone "${zone}"`
  }
  return text.replace(EXPRESSION, '').includes('{{') ? 'it has an invalid expression' : undefined
}
