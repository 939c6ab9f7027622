import { posix } from 'node:path'
import type { FileSource, Selection } from '../../../../sandbox-native/driver/index.ts'
import type { FileOperationAction, Operation } from '../../../plan/graph/operation.ts'
import { MissingFile } from '../../../request/missing-file.ts'
import type { Outcome, Solvable } from '../../../solve/runner.ts'
import type { StepContext } from '../step-context.ts'
import type { StepValue } from '../step-value.ts'

type CopyAction = Extract<FileOperationAction, { action: 'copy' }>

export function selectionOf(copy: CopyAction): Selection {
  return {
    paths: copy.literal ? copy.paths.map(escapePattern) : copy.paths,
    ...(copy.exclude.length > 0 && { exclude: copy.exclude }),
    ...(copy.parents && { parents: true }),
    ...(copy.unpackArchives && { unpackArchives: true }),
  }
}

/** A pattern that matches only this name. What has no wildcard is not read as a pattern, backslashes included. */
function escapePattern(name: string): string {
  return /[*?[]/.test(name) ? name.replaceAll('\\', '\\\\').replace(/[*?[]/g, '[$&]') : name
}

/** A path with the directories that lead to it, no links followed. `parents` finds nothing at the root, as in BuildKit. */
export function filesBelow(path: string): Selection {
  const relative = posix.join('/', path).slice(1)
  return relative === '' ? { paths: ['.'] } : { paths: [relative], parents: true }
}

/** The files of an input. */
export async function filesOf(input: Outcome<StepValue> | undefined, context: StepContext): Promise<FileSource> {
  if (input === undefined) throw new Error('a copy was planned from an input that is not there')
  if (input.value.kind === 'files') return input.value.source
  const layers = await context.store.layers.forms(
    await input.value.chain(),
    context.signal,
    context.options.aroundUnpack,
  )
  return { kind: 'layers', layers }
}

/**
 * Files of directories, checkouts and downloads are owned by root; those of archives, stages and images keep their
 * owners.
 */
export function ownerOf(input: Outcome<StepValue> | undefined): 'keep' | undefined {
  const isLayers = input?.value.kind === 'snapshot' || input?.value.source.kind === 'layers'
  return isLayers ? 'keep' : undefined
}

export interface ReadFrom {
  readonly node: Solvable<Operation>
  readonly inputs: readonly Outcome<StepValue>[]
  readonly context: StepContext
}

/** The name of the build context that a node reads as this input, if it is one. */
export function localName(node: Solvable<Operation>, position: number): string | undefined {
  const source = node.inputs[position]?.operation
  return source?.kind === 'source' && source.source === 'local' ? source.name : undefined
}

/** Digest of the files selected from the input at a position. */
export async function selectionDigest(from: ReadFrom, position: number, selection: Selection): Promise<string> {
  const digest = await digestOfSelection(from, position, selection)
  from.context.noteRead({ input: position, paths: selection.paths.join(' '), digest })
  return digest
}

async function digestOfSelection(
  { node, inputs, context }: ReadFrom,
  position: number,
  selection: Selection,
): Promise<string> {
  const name = localName(node, position)
  if (name !== undefined) return context.contexts.digest(name, selection, context.signal)
  const files = await filesOf(inputs[position], context)
  const { manifestDirectory, native, signal } = context
  const { items } = await native.trees.digest({ items: [{ source: files, selection, manifestDirectory }] }, signal)
  const item = items[0]
  if (!item) throw new Error('the binary returned no digest')
  if ('missing' in item) throw new MissingFile(item, 'copy')
  return item.digest
}
