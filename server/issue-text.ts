import * as v from 'valibot'

type Issue = v.BaseIssue<unknown>

/** The first error in a document, with its path: `worker.slots: …`. */
export function issueText([issue]: readonly [Issue, ...Issue[]]): string {
  const path = v.getDotPath(issue)
  const reason = issueReason(issue)
  return path === null ? reason : `${path}: ${reason}`
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  record: 'a mapping',
}

const CHOICES = new Set(['picklist', 'variant', 'enum'])

/** The check's own message, if it has one. */
export function issueReason(issue: Issue): string {
  const { type, requirement, message } = issue
  if (type === 'strict_object' || type === 'object') return objectMistake(issue)
  const kind = CHOICES.has(type) ? `one of ${choices(issue)}` : KINDS[type]
  if (kind !== undefined) return `must be ${kind} (not ${found(issue)})`
  const limits: Readonly<Record<string, string>> = {
    integer: 'must be a whole number',
    finite: 'must be a number',
    to_number: 'must be a number',
    safe_integer: 'must be a whole number',
    min_value: `must be at least ${requirement}`,
    max_value: `must be at most ${requirement}`,
    non_empty: 'must not be empty',
    min_length: `must have at least ${requirement} ${unitOf(issue)}`,
    max_length: `must have at most ${requirement} ${unitOf(issue)}`,
    url: 'must be a URL',
  }
  return limits[type] ?? message
}

/** valibot formats them as `("a" | "b")`. */
function choices({ expected }: Issue): string {
  return (expected ?? '').replace(/^\(|\)$/g, '').replaceAll(' | ', ', ')
}

const SHOWN = 60

function found({ received }: Issue): string {
  return received.length > SHOWN ? `${received.slice(0, SHOWN)}…` : received
}

function unitOf({ input }: Issue): string {
  return typeof input === 'string' ? 'characters' : 'items'
}

function objectMistake(issue: Issue): string {
  if (issue.expected === 'never') return 'unknown setting'
  return issue.expected?.startsWith('"') ? 'it is missing' : `must be a mapping (not ${found(issue)})`
}
