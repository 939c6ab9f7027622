import type { FilesReason, MissReason } from '../request/explanation.ts'
import type { InputRecord, ReadRecord, StepRecord } from './build-record.ts'

/** Compares the files of two selections; undefined if one of the manifests has been removed. */
export type CompareFiles = (before: string, after: string) => FilesReason['changes']

/** Every ingredient of a step that differs from the last build. Empty if only the result is gone. */
export function compareSteps(before: StepRecord, now: StepRecord, compareFiles: CompareFiles): readonly MissReason[] {
  const reasons = [...instruction(before, now), ...environment(before, now), ...inputs(before, now, compareFiles)]
  if (reasons.length > 0) return reasons
  if (before.operation === now.operation) return [{ kind: 'pruned' }]
  return [{ kind: 'instruction', before: before.title, after: now.title }]
}

function instruction(before: StepRecord, now: StepRecord): readonly MissReason[] {
  const settings = changedTexts(before.settings, now.settings)
  // Titles show variables expanded; commands are kept as written.
  const isSameCommand = settings.length === 0 && 'command' in now.settings
  if (before.title !== now.title && !isSameCommand)
    return [{ kind: 'instruction', before: before.title, after: now.title }]
  return settings.map(([name, change]) => ({ kind: 'setting', name, ...change }))
}

function environment(before: StepRecord, now: StepRecord): readonly MissReason[] {
  return changedTexts(before.env, now.env).map(([name, change]) => {
    const isArgument = now.args.includes(name) || (!Object.hasOwn(now.env, name) && before.args.includes(name))
    return { kind: isArgument ? 'argument' : 'variable', name, ...change }
  })
}

/** Inputs whose files were read are compared by those files, the others by identity. */
function inputs(before: StepRecord, now: StepRecord, compareFiles: CompareFiles): readonly MissReason[] {
  const isSameText = before.title === now.title
  return now.inputs.flatMap((input, position): readonly MissReason[] => {
    const old = before.inputs[position]
    const [oldReads, newReads] = [readsOf(before, position), readsOf(now, position)]
    if (oldReads.length > 0 && newReads.length > 0) {
      return isSameText ? changedReads(oldReads, newReads, { from: input.name, compareFiles }) : []
    }
    if (old === undefined) return []
    if (position > 0 && !isSameText) return []
    return changedInput(old, input)
  })
}

function changedInput(old: InputRecord, input: InputRecord): readonly MissReason[] {
  if (old.identity === input.identity) return []
  if (old.kind === 'image' || input.kind === 'image') {
    return [{ kind: 'base-image', before: old.name, after: input.name }]
  }
  return [{ kind: 'input', name: input.name }]
}

function changedReads(
  before: readonly ReadRecord[],
  now: readonly ReadRecord[],
  { from, compareFiles }: { readonly from: string; readonly compareFiles: CompareFiles },
): readonly MissReason[] {
  return now.flatMap(({ paths, digest }): readonly MissReason[] => {
    const old = before.find((read) => read.paths === paths)
    if (old?.digest === digest) return []
    const changes = old && compareFiles(old.digest, digest)
    return [{ kind: 'files', from, paths, ...(changes && { changes }) }]
  })
}

function readsOf({ reads }: StepRecord, position: number): readonly ReadRecord[] {
  return reads.filter(({ input }) => input === position)
}

type Texts = Readonly<Record<string, string>>

function changedTexts(before: Texts, now: Texts) {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])]
  return names.flatMap((name) => {
    const [old, value] = [ownText(before, name), ownText(now, name)]
    if (old === value) return []
    return [
      [name, { ...(old !== undefined && { before: old }), ...(value !== undefined && { after: value }) }] as const,
    ]
  })
}

/** SECURITY: names come from a file; a plain lookup would find `constructor`. */
function ownText(texts: Texts, name: string): string | undefined {
  return Object.hasOwn(texts, name) ? texts[name] : undefined
}
