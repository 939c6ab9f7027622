import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { splitPair } from '../../notation/index.ts'
import { CliError, usageError } from '../errors.ts'

/** `default`, `id`, or `id=socket`: agents for RUN --mount=type=ssh. The default path is that of SSH_AUTH_SOCK. */
export function parseAgents(
  texts: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(texts.map((text) => parseAgent(text, env, cwd)))
}

function parseAgent(text: string, env: Readonly<Record<string, string | undefined>>, cwd: string): [string, string] {
  const [id, given] = splitPair(text)
  if (!/^[\w.-]+$/.test(id))
    throw usageError(`Cannot read "--ssh ${text}": the ID is missing (expected default or id=socket)`)
  const path = given ?? env['SSH_AUTH_SOCK']
  if (!path)
    throw usageError(
      `Cannot use "--ssh ${text}": no agent is configured (expected SSH_AUTH_SOCK in the environment, or id=socket)`,
    )
  const socket = resolve(cwd, path)
  const found = statSync(socket, { throwIfNoEntry: false })
  if (found === undefined)
    throw new CliError(
      'CLI_INPUT_MISSING',
      `Cannot use "--ssh ${text}": "${socket}" does not exist (expected the socket of an agent)`,
    )
  if (!found.isSocket())
    throw new CliError(
      'CLI_UNSUPPORTED',
      `Cannot use "--ssh ${text}": "${socket}" is not a socket (expected the socket of an agent)`,
      {
        hint: `Load keys into an agent: eval $(ssh-agent); ssh-add ${socket}`,
      },
    )
  return [id, socket]
}
