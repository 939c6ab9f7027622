import { type Containers, openContainers } from '../../container/index.ts'
import type { Call } from '../command.ts'

/** The containers of the call's store; warnings go to stderr. */
export async function containersOf({ engine, io }: Pick<Call, 'engine' | 'io'>): Promise<Containers> {
  return openContainers(await engine(), {
    env: io.env,
    onWarning: (message) => io.stderr.write(`WARNING: ${message}\n`),
  })
}

/** Does something with each name; all are tried, the last failure is thrown at the end. Names go to stdout when done. */
export async function eachContainer(
  { positionals, io }: Pick<Call, 'positionals' | 'io'>,
  work: (name: string) => Promise<unknown>,
): Promise<number> {
  const failures: unknown[] = []
  for (const name of positionals) {
    try {
      await work(name)
      io.stdout.write(`${name}\n`)
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length === 0) return 0
  const { renderError } = await import('../../builder/index.ts')
  for (const failure of failures.slice(0, -1)) io.stderr.write(renderError(failure))
  throw failures.at(-1)
}
