import * as v from 'valibot'
import type { BuildEvent } from '../../engine/index.ts'
import { buildFailure, buildResult, buildStep, explanation, layerFiles, listOf, platformImage } from '../api/index.ts'

const position = v.object({ line: v.number(), column: v.number() })
const range = v.exactOptional(v.object({ start: position, end: position }))
const plannedStep = v.object({ id: v.string(), name: v.string(), inputs: listOf(v.string()), range })
const step = v.string()
const atMs = v.number()

const buildEvent = v.variant('kind', [
  v.object({ kind: v.literal('planned'), steps: listOf(plannedStep), atMs }),
  v.object({ kind: v.picklist(['step-waiting', 'step-started', 'step-cached']), step, atMs }),
  v.object({ kind: v.literal('step-log'), step, stream: v.picklist(['stdout', 'stderr']), text: v.string(), atMs }),
  v.object({
    kind: v.literal('step-progress'),
    step,
    id: v.string(),
    doneBytes: v.number(),
    totalBytes: v.exactOptional(v.number()),
    atMs,
  }),
  v.object({ kind: v.literal('step-done'), step, usage: buildStep.entries.usage, atMs }),
  v.object({
    kind: v.literal('step-failed'),
    step,
    message: v.string(),
    exitCode: v.exactOptional(v.number()),
    atMs,
  }),
  v.object({ kind: v.literal('step-explained'), step, name: v.string(), explanation, atMs }),
  v.object({ kind: v.literal('warning'), warning: v.object({ code: v.string(), message: v.string(), range }), atMs }),
]) satisfies v.GenericSchema<unknown, BuildEvent>

/**
 * Lines that the process writes to standard output, each a JSON document; the last is `done` or `failed`. SECURITY: the
 * process reads the repository's content, and runs as another user.
 */
export const buildJobLine = v.variant('kind', [
  v.object({ kind: v.literal('event'), event: buildEvent }),
  /** Asks which of these references the image may get; answered by a line on standard input. */
  v.object({ kind: v.literal('tags'), references: listOf(v.string()) }),
  v.object({ kind: v.literal('source'), name: v.string(), text: v.string() }),
  v.object({ kind: v.literal('image'), image: platformImage }),
  v.object({ kind: v.literal('layer'), diffId: v.string(), files: layerFiles }),
  v.object({ kind: v.literal('base'), reference: v.string(), digest: v.exactOptional(v.string()) }),
  v.object({ kind: v.literal('provenance'), predicates: listOf(v.unknown()) }),
  v.object({ kind: v.literal('done'), outcome: buildResult }),
  v.object({ kind: v.literal('failed'), failure: buildFailure, codes: listOf(v.string()) }),
])
export type BuildJobLine = v.InferOutput<typeof buildJobLine>
