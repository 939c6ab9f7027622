import type { MissReason, StepExplanation } from '../../api/index.ts'
import { plainText } from '../log/plain-text.ts'

/** Why the step ran or was taken from the cache, in the terms of `tsbuild build --explain`. */
export function CacheExplanation({ explanation }: { readonly explanation: StepExplanation }) {
  if (explanation.outcome === 'hit') {
    return (
      <p>
        {explanation.by === 'content'
          ? 'Cached: the files that the step reads are the same, byte for byte'
          : 'Cached: neither the instruction nor its inputs changed'}
      </p>
    )
  }
  return (
    <ul class="reasons">
      {explanation.reasons.map((reason, index) => (
        <li key={index}>
          <ReasonText reason={reason} />
        </li>
      ))}
    </ul>
  )
}

const PLAIN_REASONS = {
  'no-cache': 'The cache was disabled',
  'never-built': 'Never built before',
  pruned: 'Its layer was pruned; nothing else changed',
} as const

function ReasonText({ reason }: { readonly reason: MissReason }) {
  switch (reason.kind) {
    case 'no-cache':
    case 'never-built':
    case 'pruned':
      return <>{PLAIN_REASONS[reason.kind]}</>
    case 'instruction':
      return <ChangeText what="The instruction" change={reason} />
    case 'base-image':
      return <ChangeText what="The base image" change={reason} />
    case 'argument':
    case 'variable':
      return <ChangeText what={`The ${reason.kind} ${plainText(reason.name)}`} change={reason} />
    case 'setting':
      return <ChangeText what={`The ${plainText(reason.name)}`} change={reason} />
    case 'input':
      return (
        <>
          The step it builds on has a different result: <code>{plainText(reason.name)}</code>
        </>
      )
    case 'files':
      return <FileChanges reason={reason} />
    default:
      return <>Unknown reason</>
  }
}

interface ChangeTextProps {
  readonly what: string
  readonly change: { readonly before?: string; readonly after?: string }
}

function ChangeText({ what, change: { before, after } }: ChangeTextProps) {
  const verb = before === undefined ? 'was added' : after === undefined ? 'was removed' : 'changed'
  return (
    <>
      {what} {verb}
      <pre class="change">
        {before !== undefined && <del>{`-\u00a0${plainText(before)}\n`}</del>}
        {after !== undefined && <ins>{`+\u00a0${plainText(after)}`}</ins>}
      </pre>
    </>
  )
}

function FileChanges({ reason }: { readonly reason: Extract<MissReason, { kind: 'files' }> }) {
  const { from, paths, changes } = reason
  return (
    <>
      Files of {plainText(from)} changed (<code>{plainText(paths)}</code>)
      {changes && (
        <ul class="file-changes">
          {(['added', 'changed', 'removed'] as const).flatMap((kind) => [
            ...changes[kind].names.map((name) => (
              <li key={`${kind} ${name}`}>
                <span class={`file-change ${kind}`}>{kind}</span> <code>{plainText(name)}</code>
              </li>
            )),
            changes[kind].count > changes[kind].names.length && (
              <li key={kind}>
                {changes[kind].count - changes[kind].names.length} more {kind}
              </li>
            ),
          ])}
        </ul>
      )}
    </>
  )
}
