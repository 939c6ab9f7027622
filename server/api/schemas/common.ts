import * as v from 'valibot'

export const listOf = <S extends v.GenericSchema>(item: S) => v.pipe(v.array(item), v.readonly())

/** RFC 3339, UTC. */
export const timestamp = v.pipe(v.string(), v.isoTimestamp())
export const milliseconds = v.pipe(v.number(), v.integer(), v.minValue(0))
export const byteCount = v.pipe(v.number(), v.integer(), v.minValue(0))
export const buildId = v.pipe(v.number(), v.integer(), v.minValue(1))

/** Part of URLs, therefore limited to characters that need no escaping. */
export const projectName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 lowercase letters, digits and inner hyphens'),
)

/** A name of a secret, a schedule or a token. */
export const plainName = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/, 'must be 1 to 128 letters, digits, "_", "." and "-"'),
)

/** A full commit ID. */
export const commitId = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/, 'must be a full commit ID'))

/** A number in a query, within the range of the database. */
export const queryNumber = v.pipe(
  v.string(),
  v.check((text) => /^\d+$/.test(text), 'must be a whole number'), // `v.digits()` would give the document a pattern
  v.toNumber(),
  v.safeInteger(),
  v.minValue(0),
)

/** Lists are ordered newest first: `next` is the `before` of the following page. */
export const pageQuery = {
  before: v.exactOptional(v.pipe(queryNumber, v.minValue(1))),
  limit: v.exactOptional(v.pipe(queryNumber, v.minValue(1), v.maxValue(200))),
}

export const apiError = v.object({
  error: v.object({
    /** `SERVER_…`, or the code of a build's failure. */
    code: v.string(),
    message: v.string(),
    hint: v.exactOptional(v.string()),
  }),
})
