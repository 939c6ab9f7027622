import * as v from 'valibot'
import { buildStep, stepChange } from '../api/index.ts'

/** A row of `build_events` without its number; `bytes` is the representation of logs. */
const eventRow = <S extends v.GenericSchema<unknown, Buffer>>(bytes: S) =>
  v.variant('kind', [
    v.object({ kind: v.literal('planned'), data: v.object({ steps: v.array(buildStep) }) }),
    v.object({ kind: v.literal('step'), step: v.string(), data: stepChange }),
    v.object({
      kind: v.literal('log'),
      step: v.string(),
      data: v.object({ lines: v.number() }),
      logOffset: v.number(),
      logLine: v.number(),
      log: bytes,
    }),
    v.object({ kind: v.literal('warning'), data: v.object({ code: v.string(), message: v.string() }) }),
    v.object({ kind: v.literal('restarted'), data: v.object({ attempt: v.number() }) }),
  ])

const numbered = v.object({ seq: v.number() })
/** As PostgreSQL returns it. */
export const databaseRow = v.intersect([numbered, eventRow(v.instance(Buffer))])
/** In a JSON document: logs are base64. */
export const documentRow = v.intersect([
  numbered,
  eventRow(
    v.pipe(
      v.string(),
      v.transform((text) => Buffer.from(text, 'base64')),
    ),
  ),
])

export type EventRow = v.InferOutput<ReturnType<typeof eventRow>>
export type NumberedRow = EventRow & v.InferOutput<typeof numbered>
export type LogRow = Extract<NumberedRow, { kind: 'log' }>
