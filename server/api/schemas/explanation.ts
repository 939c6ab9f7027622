import * as v from 'valibot'
import { listOf } from './common.ts'

const text = v.exactOptional(v.string())
const change = { before: text, after: text }
const names = v.object({ count: v.number(), names: listOf(v.string()) })

const missReason = v.variant('kind', [
  v.object({ kind: v.picklist(['no-cache', 'never-built', 'pruned']) }),
  v.object({ kind: v.picklist(['instruction', 'base-image']), ...change }),
  v.object({ kind: v.picklist(['argument', 'variable', 'setting']), name: v.string(), ...change }),
  v.object({ kind: v.literal('input'), name: v.string() }),
  v.object({
    kind: v.literal('files'),
    from: v.string(),
    paths: v.string(),
    changes: v.exactOptional(v.object({ added: names, changed: names, removed: names })),
  }),
])
export type MissReason = v.InferOutput<typeof missReason>

/** Why a step was taken from the cache, or was not: docs/explain.md. */
export const explanation = v.variant('outcome', [
  v.object({ outcome: v.literal('hit'), by: v.picklist(['definition', 'content']) }),
  v.object({ outcome: v.literal('missed'), reasons: listOf(missReason) }),
])
export type StepExplanation = v.InferOutput<typeof explanation>
