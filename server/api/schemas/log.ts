import * as v from 'valibot'
import { byteCount, queryNumber } from './common.ts'

/** Either `offset` (bytes) or `line` (from 0); default: the start. */
export const logQuery = v.pipe(
  v.strictObject({
    offset: v.exactOptional(queryNumber),
    line: v.exactOptional(queryNumber),
    /** Maximum number of bytes; default 256 KiB. The response ends with a complete line unless a line is longer. */
    limit: v.exactOptional(v.pipe(queryNumber, v.minValue(1), v.maxValue(4 << 20))),
  }),
  v.check(({ offset, line }) => offset === undefined || line === undefined, 'offset and line are mutually exclusive'),
)

/** A part of one step's log. Text is as the step wrote it, escape sequences included; secrets are masked. */
export const logPart = v.object({
  text: v.string(),
  /** Offset of the first byte. */
  offset: byteCount,
  /** Number of lines before it. */
  line: v.number(),
  /** Where the next part starts. */
  nextOffset: byteCount,
  totalBytes: byteCount,
  totalLines: v.number(),
  /** The step has ended and this is its last part. */
  end: v.boolean(),
})
export type LogPart = v.InferOutput<typeof logPart>
