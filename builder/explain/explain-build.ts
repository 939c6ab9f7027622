import type { CacheIndex } from '../../layer-store/index.ts'
import type { Node } from '../plan/graph/operation.ts'
import type { BuildEvent } from '../request/builder.ts'
import type { Explanation } from '../request/explanation.ts'
import { type BuildRecord, FORMAT, parseBuildRecord, type StepRecord } from './build-record.ts'
import { compareSteps } from './compare-steps.ts'
import { compareManifests, trimManifests } from './file-manifests.ts'
import { matchSteps } from './match-steps.ts'
import { type KnownInputs, stepRecordOf } from './step-record.ts'

/** Follows a build step by step and records it for comparison with the next one. */
export interface BuildMemory {
  decided(node: Node, decision: Decision): void
  /** The step's result is available. */
  finished(node: Node): void
  /**
   * Call at the end of the build, successful or not: saves the record, and reports why each step did or did not run.
   */
  close(): Promise<void>
}

export interface Decision extends KnownInputs {
  /** The key that matched. */
  readonly hit?: { readonly by: 'definition' | 'content'; readonly key: string }
}

export interface MemoryRequest {
  /** Identifies the Dockerfile and its context. */
  readonly name: string
  readonly storeRoot: string
  readonly cache: Pick<CacheIndex, 'findBuildRecord' | 'putBuildRecord'>
  /** Absent unless the build is explained. */
  readonly explain?: (event: BuildEvent) => void
}

/** Limit of recorded steps, including those of other targets of the file. */
const MAX_STEPS = 2000

export function createBuildMemory(request: MemoryRequest): BuildMemory {
  const decisions = new Map<Node, Decision>()
  const done = new Set<Node>()
  const last = request.cache.findBuildRecord(request.name).then(parseBuildRecord)
  last.catch(() => {}) // close() reports it
  return {
    decided: (node, decision) => {
      if (isStep(node)) decisions.set(node, decision)
    },
    finished: (node) => void done.add(node),
    close: async () => {
      const before = (await last)?.steps ?? []
      if (!request.explain && isUnchanged(decisions, before)) return
      const now = new Map([...decisions].map(([node, decision]) => [node, stepRecordOf(node, decision)]))
      const matches = matchSteps([...now.values()], before)
      if (request.explain) explain(request, { decisions, now, matches })
      if (isUnchanged(decisions, before)) return
      const finished = [...now]
        .filter(([node]) => done.has(node))
        .map(([, step]) => withOldReads(step, matches.get(step)))
      await keep(request, finished, otherSteps(before, { now: [...now.values()], finished, matches }))
    },
  }
}

/** Sources and merges are never cached, so there is nothing to explain. */
function isStep({ operation }: Node): boolean {
  return operation.kind === 'exec' || operation.kind === 'file'
}

/** Every step was cached under a key of the last build: the record would not change. */
function isUnchanged(decisions: ReadonlyMap<Node, Decision>, before: readonly StepRecord[]): boolean {
  const keys = new Set(before.flatMap((step) => step.keys))
  return [...decisions.values()].every(({ hit }) => hit !== undefined && keys.has(hit.key))
}

interface Compared {
  readonly decisions: ReadonlyMap<Node, Decision>
  readonly now: ReadonlyMap<Node, StepRecord>
  readonly matches: ReadonlyMap<StepRecord, StepRecord>
}

function explain({ explain: emit, storeRoot }: MemoryRequest, { decisions, now, matches }: Compared): void {
  for (const [node, step] of now) {
    const explanation = explanationOf(node, decisions.get(node)?.hit, {
      before: matches.get(step),
      step,
      storeRoot,
    })
    emit?.({ kind: 'step-explained', step: node.digest, name: node.name, explanation, atMs: Date.now() })
  }
}

function explanationOf(
  node: Node,
  hit: Decision['hit'],
  { before, step, storeRoot }: { before: StepRecord | undefined; step: StepRecord; storeRoot: string },
): Explanation {
  if (hit) return { outcome: 'hit', by: hit.by }
  if (node.ignoreCache) return { outcome: 'missed', reasons: [{ kind: 'no-cache' }] }
  if (!before) return { outcome: 'missed', reasons: [{ kind: 'never-built' }] }
  const reasons = compareSteps(before, step, (old, digest) => compareManifests(storeRoot, old, digest))
  return { outcome: 'missed', reasons }
}

/** A hit by definition reads no files, so the reads recorded by the last build still apply. */
function withOldReads(step: StepRecord, before: StepRecord | undefined): StepRecord {
  const isSame = before?.operation === step.operation && before.keys.some((key) => step.keys.includes(key))
  if (!before || !isSame || step.reads.length > 0) return step
  return { ...step, reads: before.reads, keys: [...new Set([...step.keys, ...before.keys])] }
}

/** Steps of the last build that this one did not reach, or that failed. */
function otherSteps(
  before: readonly StepRecord[],
  {
    now,
    finished,
    matches,
  }: {
    readonly now: readonly StepRecord[]
    readonly finished: readonly StepRecord[]
    readonly matches: ReadonlyMap<StepRecord, StepRecord>
  },
): readonly StepRecord[] {
  const positions = new Set(finished.map(({ stage, position }) => `${stage}\n${position}`))
  const replaced = new Set(now.flatMap((step) => matches.get(step) ?? []))
  return before.filter(
    (step) =>
      !positions.has(`${step.stage}\n${step.position}`) && (!replaced.has(step) || finished.length < now.length),
  )
}

async function keep(
  { cache, name, storeRoot }: MemoryRequest,
  finished: readonly StepRecord[],
  others: readonly StepRecord[],
): Promise<void> {
  const record: BuildRecord = { format: FORMAT, steps: [...finished, ...others].slice(0, MAX_STEPS) }
  await cache.putBuildRecord(name, record)
  if (finished.some(({ reads }) => reads.length > 0)) trimManifests(storeRoot)
}
