import * as v from 'valibot'
import { build, buildStep, stepChange } from './schemas/build.ts'

const seq = v.number()

/**
 * Server-sent events of `GET /api/v1/builds/{id}/events`. The SSE `event` field is the kind, `data` this object as
 * JSON, `id` its `seq`; a client that reconnects with `Last-Event-ID` (or `?after=SEQ`) continues after it. Read
 * `GET …/steps` first and continue after its `seq`.
 */
export const buildLiveEvent = v.variant('kind', [
  /** The build itself changed state. The stream ends after a final state. */
  v.object({ kind: v.literal('build'), seq, build }),
  /** Steps became known; later ones may follow. */
  v.object({ kind: v.literal('planned'), seq, steps: v.array(buildStep) }),
  /** Replaces the members of the step that are present. */
  v.object({ kind: v.literal('step'), seq, step: stepChange }),
  /** Appended to the step's log at `offset`; skip what is already known. */
  v.object({ kind: v.literal('log'), seq, step: v.string(), offset: v.number(), line: v.number(), text: v.string() }),
  v.object({ kind: v.literal('warning'), seq, code: v.string(), message: v.string() }),
  /** After the loss of a worker or an infrastructure fault: steps and logs start over. */
  v.object({ kind: v.literal('restarted'), seq, attempt: v.number() }),
])
export type BuildLiveEvent = v.InferOutput<typeof buildLiveEvent>

/**
 * Server-sent events of `GET /api/v1/events`: state changes of all builds; not replayed, read the list after
 * connecting.
 */
export const serverLiveEvent = v.object({ kind: v.literal('build'), build })
