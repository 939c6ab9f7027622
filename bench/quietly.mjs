import { execFileSync } from 'node:child_process'

/** For what is not measured. Gives what was printed. */
export function quietly(builder, words) {
  return execFileSync(builder.command, words, {
    env: builder.env,
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
  })
}
