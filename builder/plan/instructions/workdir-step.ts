import { posix } from 'node:path'
import { hasUserNames } from '../../../notation/index.ts'
import type { WorkdirInstruction } from '../../../parser/index.ts'
import { expandText } from '../expand-text.ts'
import { expanderOf, filesystemOf, type PlanContext, type StageDraft } from '../plan-context.ts'
import { HISTORY_COMMENT } from './history.ts'
import { instructionTitle, rangeOf, stepName } from './step-name.ts'

/**
 * WORKDIR: creates the directory even if nothing uses it, with missing parents, owned by the current user. The root
 * always exists and needs no node, but counts as a step in step names, as in BuildKit.
 */
export function planWorkdir(instruction: WorkdirInstruction, stage: StageDraft, plan: PlanContext): void {
  const written = expandText(instruction.path.text, instruction.path.range, expanderOf(stage, plan))
  if (written === undefined) return
  const path = posix.resolve('/', stage.config.WorkingDir ?? '/', written)
  // SPEC: BuildKit NormalizeWorkdir: an absolute path is kept as written, including a trailing slash.
  const kept = written.startsWith('/') ? written : path
  stage.config.WorkingDir = kept
  const entry = { createdBy: `WORKDIR ${kept}`, comment: HISTORY_COMMENT }
  if (kept === '/') {
    stage.history.push(entry)
    return
  }
  const { User: user } = stage.config
  if (user && hasUserNames(user) && stage.node === undefined) {
    const message = `Cannot create "${path}" for user "${user}": the stage is empty (expected a user ID, or /etc/passwd in the stage)`
    plan.problems.error({ code: 'PLAN_VALUE_INVALID', range: instruction.path.range, message })
    return
  }
  const owner = user ? { owner: user } : {}
  const node = plan.nodes.add({
    operation: { kind: 'file', actions: [{ action: 'mkdir', path, mode: 0o755, ...owner }] },
    inputs: [filesystemOf(stage, plan)],
    name: stepName(stage, instructionTitle(instruction, stage, { plan })),
    range: rangeOf(stage, instruction),
    ignoreCache: stage.ignoreCache,
  })
  stage.node = node
  stage.history.push({ ...entry, node })
}
