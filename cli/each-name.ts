import { renderError } from '../builder/index.ts'
import { hasCode } from '../errors/index.ts'
import type { Call, Io } from './command.ts'

/**
 * Runs `work` for each name and prints its result. All names are tried; the last failure is thrown at the end. An
 * interrupt skips the rest.
 */
export async function eachName(
  { positionals, io, interrupt: { signal } }: Pick<Call, 'positionals' | 'io' | 'interrupt'>,
  work: (name: string) => Promise<string>,
): Promise<number> {
  const failures: unknown[] = []
  for (const name of positionals) {
    signal.throwIfAborted()
    try {
      io.stdout.write(await work(name))
    } catch (error) {
      if (signal.aborted) throw error
      failures.push(error)
    }
  }
  for (const failure of failures.slice(0, -1)) io.stderr.write(renderError(failure))
  if (failures.length > 0) throw failures.at(-1)
  return 0
}

/** Like `eachName`, but prints the name itself, as docker does. */
export async function echoEachName(
  call: Pick<Call, 'positionals' | 'io' | 'interrupt'>,
  work: (name: string) => Promise<unknown>,
): Promise<number> {
  return eachName(call, async (name) => {
    await work(name)
    return `${name}\n`
  })
}

/** For `--force`: as in docker, a missing object is reported but is not a failure. */
export async function unlessMissing(io: Pick<Io, 'stderr'>, work: () => Promise<string>): Promise<string> {
  try {
    return await work()
  } catch (error) {
    if (!hasCode(error, 'CONTAINER_MISSING', 'CLI_NOT_FOUND')) throw error
    io.stderr.write(renderError(error))
    return ''
  }
}
