import { execFileSync } from 'node:child_process'

/** Runs a command outside of the measurement. Returns its output. */
export function quietly(builder, words) {
  return execFileSync(builder.command, words, {
    env: builder.env,
    stdio: ['ignore', 'pipe', 'ignore'],
    encoding: 'utf8',
  })
}
