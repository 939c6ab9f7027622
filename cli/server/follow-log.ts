import { cleanKeepingColors } from '../../builder/index.ts'
import type { ApiClient, Build } from '../../server/index.ts'
import type { Io } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'

interface Reader {
  readonly io: Io
  /** Ends the display of the log, not the build. */
  readonly signal: AbortSignal
}

/** Prints a build's log as it grows. Returns 0 if the build succeeds. */
export async function followLog(client: ApiClient, build: number, reader: Reader): Promise<number> {
  try {
    return await printLog(client, build, reader)
  } catch (error) {
    if (reader.signal.aborted)
      reader.io.stderr.write(`Build ${build} continues; to cancel it: tsbuild server build cancel ${build}\n`)
    throw error
  }
}

async function printLog(client: ApiClient, build: number, { io, signal }: Reader): Promise<number> {
  const { createPlainLog, followBuild } = await import('../../server/index.ts')
  const log = createPlainLog()
  for await (const event of followBuild(client, build, signal)) {
    io.stdout.write(cleanKeepingColors(log.add(event)))
    if (event.kind !== 'build') continue
    if (event.build.endedAt !== undefined) io.stdout.write(cleanKeepingColors(log.end()))
    io.stderr.write(failureText(event.build))
    if (event.build.endedAt === undefined) continue
    const { state } = event.build
    io.stderr.write(`Build ${build} ${state}\n`)
    return state === 'succeeded' ? exitCodes.ok : exitCodes.failed
  }
  return exitCodes.failed
}

/** Why a build failed, or why it is waiting for another attempt; otherwise empty. */
export function failureText({ attempt, failure, retryAt, state }: Build): string {
  if (failure === undefined || (state !== 'failed' && retryAt === undefined)) return ''
  const { excerpt, message, hint } = failure
  const waitSeconds = retryAt && Math.max(0, Math.ceil((Date.parse(retryAt) - Date.now()) / 1000))
  const lines = [
    ...(excerpt === undefined ? [] : [excerpt]),
    `ERROR: ${message}`,
    ...(hint === undefined ? [] : [`  hint: ${hint}`]),
    ...(retryAt === undefined ? [] : [`Attempt ${attempt} failed; the next attempt starts in ${waitSeconds} s`]),
  ]
  return cleanKeepingColors(lines.map((line) => `${line}\n`).join(''))
}
