import { renderError } from '../builder/index.ts'
import type { Call } from './command.ts'

/** Does something with each name; all are tried, and the last failure is thrown at the end. What `work` gives is printed. */
export async function eachName(
  { positionals, io }: Pick<Call, 'positionals' | 'io'>,
  work: (name: string) => Promise<string>,
): Promise<number> {
  const failures: unknown[] = []
  for (const name of positionals) {
    try {
      io.stdout.write(await work(name))
    } catch (error) {
      failures.push(error)
    }
  }
  for (const failure of failures.slice(0, -1)) io.stderr.write(renderError(failure))
  if (failures.length > 0) throw failures.at(-1)
  return 0
}

/** As `eachName`, printing the name where the work was done. */
export async function eachContainer(
  call: Pick<Call, 'positionals' | 'io'>,
  work: (name: string) => Promise<unknown>,
): Promise<number> {
  return eachName(call, async (name) => {
    await work(name)
    return `${name}\n`
  })
}
