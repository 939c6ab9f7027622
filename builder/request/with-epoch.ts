import type { BuildRequest } from './builder.ts'

const EPOCH = 'SOURCE_DATE_EPOCH'

/**
 * Resolves SOURCE_DATE_EPOCH in the request if no parser is needed: it was given as a number, or neither given nor
 * named before the first FROM. Undefined if the Dockerfile must be parsed.
 */
export function withGivenEpoch(request: BuildRequest, { text }: { readonly text: string }): BuildRequest | undefined {
  const { buildArgs = {}, sourceDateEpoch } = request
  if (sourceDateEpoch !== undefined) return request
  if (!Object.hasOwn(buildArgs, EPOCH)) return isNamedGlobally(text) ? undefined : request
  const value = buildArgs[EPOCH] ?? ''
  if (value === '') return withEpoch(request, undefined)
  return /^\d{1,11}$/.test(value) ? withEpoch(request, Number(value)) : undefined
}

/** Stages that declare the argument see the number, or nothing if there is none. */
export function withEpoch(request: BuildRequest, seconds: number | undefined): BuildRequest {
  const { [EPOCH]: value, ...others } = request.buildArgs ?? {}
  if (seconds === undefined) return { ...request, buildArgs: others }
  const buildArgs = value === undefined ? others : { ...others, [EPOCH]: String(seconds) }
  return { ...request, buildArgs, sourceDateEpoch: seconds }
}

/** May have false positives: finds a name split by continuation lines, but also one in a comment. */
function isNamedGlobally(text: string): boolean {
  const joined = text.replace(/[\\`][ \t]*\r?\n(?:[ \t]*(?:#.*)?\r?\n)*/g, '')
  const [globals = ''] = joined.split(/^[ \t]*FROM[ \t]/im, 1)
  return globals.includes(EPOCH)
}
