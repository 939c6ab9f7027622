import * as v from 'valibot'

/** The first mistake in a document, with its place: `worker.slots: …`. */
export function issueText([issue]: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  const path = v.getDotPath(issue)
  const reason = issue.type === 'strict_object' ? objectMistake(issue) : issue.message
  return path === null ? reason : `${path}: ${reason}`
}

function objectMistake({ expected, message }: v.BaseIssue<unknown>): string {
  if (expected === 'never') return 'unknown setting'
  return expected?.startsWith('"') ? 'it is missing' : message
}
