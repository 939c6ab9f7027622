import type { BuildRequest } from './builder.ts'

const EPOCH = 'SOURCE_DATE_EPOCH'

/**
 * The request with its SOURCE_DATE_EPOCH as a number, where no parser is needed to know that: it was given as one, or
 * neither given nor named above the first FROM. Undefined if the Dockerfile must be asked.
 */
export function withStatedEpoch(request: BuildRequest, { text }: { readonly text: string }): BuildRequest | undefined {
  const { buildArgs = {}, sourceDateEpoch } = request
  if (sourceDateEpoch !== undefined) return request
  if (!Object.hasOwn(buildArgs, EPOCH)) return isNamedGlobally(text) ? undefined : request
  const given = buildArgs[EPOCH] ?? ''
  if (given === '') return withEpoch(request, undefined)
  return /^\d{1,11}$/.test(given) ? withEpoch(request, Number(given)) : undefined
}

/** Stages that declare it see the number, or nothing where there is none. */
export function withEpoch(request: BuildRequest, seconds: number | undefined): BuildRequest {
  const { [EPOCH]: given, ...others } = request.buildArgs ?? {}
  if (seconds === undefined) return { ...request, buildArgs: others }
  const buildArgs = given === undefined ? others : { ...others, [EPOCH]: String(seconds) }
  return { ...request, buildArgs, sourceDateEpoch: seconds }
}

/** Perhaps: a name that continuation lines take apart is found, one in a comment is found too. */
function isNamedGlobally(text: string): boolean {
  const joined = text.replace(/[\\`][ \t]*\r?\n(?:[ \t]*(?:#.*)?\r?\n)*/g, '')
  const [globals = ''] = joined.split(/^[ \t]*FROM[ \t]/im, 1)
  return globals.includes(EPOCH)
}
