import { operationDigest } from '../../../plan/graph/digest.ts'
import type { Operation, SourceOperation } from '../../../plan/graph/operation.ts'
import { cacheKeyOf } from '../../../solve/cache-key.ts'
import type { Outcome, Runner, RunResult, Solvable } from '../../../solve/runner.ts'
import { NEVER_RECALLED } from '../chain-runner.ts'
import type { StepContext } from '../step-context.ts'
import { type StepValue, snapshotOf } from '../step-value.ts'
import { downloadedFile } from './download-source.ts'
import { gitFiles } from './git-source.ts'

/** Sources of files: base images, contexts, git, downloads. */
export const sourceRunner: Runner<Operation, StepValue, StepContext> = {
  ...NEVER_RECALLED,
  run,
}

async function run(
  node: Solvable<Operation>,
  _inputs: readonly Outcome<StepValue>[],
  context: StepContext,
): Promise<RunResult<StepValue>> {
  const source = node.operation
  if (source.kind !== 'source') throw new Error(`a ${source.kind} operation was passed to the source runner`)
  switch (source.source) {
    case 'scratch':
      return { identity: cacheKeyOf('identity', ['scratch']), value: snapshotOf([]) }
    case 'image':
      return baseImage(source, context)
    case 'local':
      return { value: { kind: 'files', source: await context.contexts.files(source.name) } }
    case 'git':
      return gitFiles(source, context)
    case 'http':
      return downloadedFile(source, context)
  }
}

/**
 * Identified by its layers, as in BuildKit: an image with another name or configuration but the same files changes no
 * step. They are fetched when a step needs them.
 */
function baseImage(source: Extract<SourceOperation, { source: 'image' }>, context: StepContext): RunResult<StepValue> {
  let bringing: ReturnType<typeof context.options.baseChain> | undefined
  const chain = () => {
    bringing ??= context.options.baseChain(source.reference, context.report, context.signal)
    return bringing
  }
  const diffIds = context.options.baseDiffIds(source.reference)
  const identity = cacheKeyOf('identity', diffIds.length > 0 ? ['image', ...diffIds] : [operationDigest(source)])
  // Shown as running until the pull starts, usually at once.
  if (!context.options.isBaseHere(source.reference)) void context.report.busy(async () => {})
  return { identity, value: { kind: 'snapshot', chain } }
}
