import type { Io } from '../command.ts'
import { CliError, usageError } from '../errors.ts'
import { promptSecret } from '../terminal/prompt.ts'

const VARIABLE = 'COSIGN_PASSWORD'

/** The password of an existing key file. */
export function keyPassword(io: Io): Promise<string> {
  return passwordFor(io, 'Password for the private key: ')
}

/** Prompts twice, because a typo would otherwise not be noticed. */
export async function newKeyPassword(io: Io): Promise<string> {
  const password = await passwordFor(io, 'Password for the private key: ')
  if (io.env[VARIABLE] !== undefined) return password
  if ((await promptSecret(io, 'Password again: ')) !== password)
    throw usageError('Cannot create the key: the two passwords are different')
  return password
}

async function passwordFor(io: Io, question: string): Promise<string> {
  const password = io.env[VARIABLE]
  if (password !== undefined) return password
  if (io.stdin.isTTY === true) return promptSecret(io, question)
  throw new CliError(
    'CLI_NEEDS_TERMINAL',
    `Cannot prompt for the password of the key: standard input is not a terminal`,
    {
      hint: `Set ${VARIABLE}`,
    },
  )
}
