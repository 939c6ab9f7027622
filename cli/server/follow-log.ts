import { cleanKeepingColors } from '../../builder/index.ts'
import type { ApiClient } from '../../server/index.ts'
import type { Io } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'

/** Prints a build's log as it grows. Gives 0 if the build succeeds. */
export async function followLog(
  client: ApiClient,
  build: number,
  { io, signal }: { readonly io: Io; readonly signal: AbortSignal },
): Promise<number> {
  const { createPlainLog, followBuild } = await import('../../server/index.ts')
  const log = createPlainLog()
  for await (const event of followBuild(client, build, signal)) {
    io.stdout.write(cleanKeepingColors(log.add(event)))
    if (event.kind !== 'build' || event.build.endedAt === undefined) continue
    io.stdout.write(cleanKeepingColors(log.end()))
    const { state, failure } = event.build
    if (failure?.excerpt !== undefined) io.stderr.write(cleanKeepingColors(`${failure.excerpt}\n`))
    if (failure !== undefined) io.stderr.write(cleanKeepingColors(`ERROR: ${failure.message}\n`))
    if (failure?.hint !== undefined) io.stderr.write(cleanKeepingColors(`  hint: ${failure.hint}\n`))
    io.stderr.write(`Build ${build} ${state}\n`)
    return state === 'succeeded' ? exitCodes.ok : exitCodes.failed
  }
  return exitCodes.failed
}
