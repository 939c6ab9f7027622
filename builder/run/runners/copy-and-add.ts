import { parseDigest } from '../../../image-spec/index.ts'
import { type LayerId, settleAll } from '../../../layer-store/index.ts'
import type { FileAction } from '../../../sandbox-native/driver/index.ts'
import { withNeededPatterns } from '../../context/needed-patterns.ts'
import { operationDigest } from '../../plan/graph/digest.ts'
import type { FileOperation, FileOperationAction, Operation } from '../../plan/graph/operation.ts'
import { cacheKeyOf } from '../../solve/cache-key.ts'
import type { ContentKey, Outcome, Runner, RunResult, Solvable } from '../../solve/runner.ts'
import { createdLayer, recallLayer } from './added-layer.ts'
import { definitionKeyOf } from './definition-key.ts'
import { filesOf, localName, ownerOf, type ReadFrom, selectionDigest, selectionOf } from './sources/selected-files.ts'
import { outdated } from './sources/unless-changed.ts'
import type { StepContext } from './step-context.ts'
import { chainOf, type StepValue } from './step-value.ts'

/** COPY, ADD, WORKDIR: written as one layer tar directly from the sources. */
export const fileRunner: Runner<Operation, StepValue, StepContext> = {
  isStep: true,
  definitionKey: definitionKeyOf,
  readContent,
  recall: recallLayer,
  run,
}

async function readContent(
  node: Solvable<Operation>,
  inputs: readonly Outcome<StepValue>[],
  context: StepContext,
): Promise<ContentKey | undefined> {
  const copies = actionsOf(node).filter((action) => action.action === 'copy')
  if (copies.length === 0 || inputs[0]?.identity === undefined) return undefined
  const digests = await settleAll(
    copies.map((copy) => selectionDigest({ node, inputs, context }, copy.input, selectionOf(copy))),
  )
  return ([base]) =>
    base === undefined ? undefined : cacheKeyOf('content', [operationDigest(node.operation), base, ...digests])
}

async function run(
  node: Solvable<Operation>,
  inputs: readonly Outcome<StepValue>[],
  context: StepContext,
): Promise<RunResult<StepValue>> {
  const { store, native, signal } = context
  const { layers } = store
  const chain = await chainOf(inputs[0])
  const base = await layers.forms(chain, signal, context.options.aroundUnpack)
  const actions = await settleAll(actionsOf(node).map((action) => nativeAction({ node, inputs, context }, action)))
  const draft = await layers.draft('tar')
  try {
    const output = { tar: draft.tar, index: draft.index, wantDiffId: context.isKept }
    const { entryCount, diffId, hasWhiteoutNames, isOutdated, ...sizes } = await native.trees.writeLayer(
      { base, actions, ...output },
      signal,
    )
    const result = (layer: LayerId | undefined) => {
      const result = createdLayer(inputs, chain, { layer, description: context.name })
      return isOutdated === true ? outdated(result, context) : result
    }
    if (entryCount === 0) {
      await layers.abandon(draft)
      return result(undefined)
    }
    const known = { ...(diffId && { diffId: parseDigest(diffId) }), ...sizes }
    const layer = await layers.commitTar(draft, { ...known, hasLiteralNames: hasWhiteoutNames === true })
    return result(layer.id)
  } catch (error) {
    await layers.abandon(draft)
    throw error
  }
}

async function nativeAction({ node, inputs, context }: ReadFrom, action: FileOperationAction): Promise<FileAction> {
  switch (action.action) {
    case 'copy': {
      const owner = action.owner ?? ownerOf(inputs[action.input])
      const name = localName(node, action.input)
      const stamp = name === undefined ? undefined : await context.contexts.stamp(name, selectionOf(action))
      return {
        kind: 'copy',
        source: await withNeededPatterns(await filesOf(inputs[action.input], context), action.paths),
        selection: selectionOf(action),
        to: action.to,
        ...(owner !== undefined && { owner }),
        ...(action.mode !== undefined && { mode: action.mode }),
        ...(action.link && { link: true }),
        ...(stamp !== undefined && { stamp }),
      }
    }
    case 'mkdir':
      return { kind: 'mkdir', path: action.path, mode: action.mode, ...(action.owner && { owner: action.owner }) }
    case 'mkfile':
      return {
        kind: 'mkfile',
        path: action.path,
        contentBase64: Buffer.from(action.content).toString('base64'),
        mode: action.mode,
        ...(action.owner && { owner: action.owner }),
      }
    case 'rm':
      return { kind: 'rm', path: action.path, allowMissing: action.allowMissing }
  }
}

function actionsOf(node: Solvable<Operation>): FileOperation['actions'] {
  if (node.operation.kind !== 'file')
    throw new Error(`a ${node.operation.kind} operation was passed to the file runner`)
  return node.operation.actions
}
