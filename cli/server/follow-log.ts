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
  const { followBuild } = await import('../../server/index.ts')
  const names = new Map<string, { readonly name: string; readonly number: number }>()
  const print = (text: string): unknown => io.stdout.write(cleanKeepingColors(text))
  for await (const event of followBuild(client, build, signal)) {
    if (event.kind === 'planned') {
      for (const { id, name } of event.steps) names.set(id, { name, number: names.size + 1 })
    } else if (event.kind === 'restarted') print(`Attempt ${event.attempt}\n`)
    else if (event.kind === 'log') print(prefixed(event.text, `#${names.get(event.step)?.number ?? 0} `))
    else if (event.kind === 'step') {
      const { number = 0, name = event.step.id } = names.get(event.step.id) ?? {}
      if (event.step.state === 'running') print(`#${number} ${name}\n`)
      if (event.step.state === 'cached') print(`#${number} ${name}\n#${number} CACHED\n`)
      if (event.step.state === 'succeeded') print(`#${number} DONE\n`)
      if (event.step.state === 'failed') print(`#${number} ERROR: ${event.step.failure?.message ?? ''}\n`)
    } else if (event.kind === 'build' && event.build.endedAt !== undefined) {
      const { state, failure } = event.build
      if (failure?.excerpt !== undefined) io.stderr.write(cleanKeepingColors(`${failure.excerpt}\n`))
      if (failure !== undefined) io.stderr.write(cleanKeepingColors(`ERROR: ${failure.message}\n`))
      if (failure?.hint !== undefined) io.stderr.write(cleanKeepingColors(`  hint: ${failure.hint}\n`))
      io.stderr.write(`Build ${build} ${state}\n`)
      return state === 'succeeded' ? exitCodes.ok : exitCodes.failed
    }
  }
  return exitCodes.failed
}

function prefixed(text: string, prefix: string): string {
  return text
    .split('\n')
    .map((line, index, all) => (line === '' && index === all.length - 1 ? '' : `${prefix}${line}`))
    .join('\n')
    .replace(/([^\n])$/, '$1\n')
}
