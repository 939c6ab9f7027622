import type { Engine, EngineOptions } from '../engine/index.ts'
import type { Call, Command, Io } from './command.ts'
import { commandTable } from './command-table.ts'
import { CliError } from './errors.ts'
import { exitCodeOf } from './exit-codes.ts'
import { type FoundCommand, findCommand } from './find-command.ts'
import { type FlagTable, type FlagValues, withGlobalFlags } from './flags/flag-table.ts'
import { parseFlags } from './flags/parse-flags.ts'
import { hasDebugFlag } from './has-debug-flag.ts'
import { helpColumns } from './help/help-columns.ts'
import type { Interrupt } from './interrupt.ts'
import { asUnexpected } from './unexpected-error.ts'

type CallContext = Pick<CliRequest, 'args' | 'io'>

export interface CliRequest {
  readonly args: readonly string[]
  readonly io: Io
  readonly interrupt: Interrupt
  readonly openEngine: (options: EngineOptions) => Promise<Engine>
}

/** Runs one command line and returns the exit code. All failures are handled here and printed to stderr. */
export async function runCli(request: CliRequest): Promise<number> {
  const { io, interrupt } = request
  let command: Command | undefined
  try {
    const found = findCommand(commandTable, request.args)
    if (found.kind === 'help') return await showHelp(io, found.family)
    command = await found.entry.load()
    return await call(found, command, request)
  } catch (error) {
    await new Promise((resolve) => setImmediate(resolve)) // a failure of standard output is reported one turn later
    const interrupted = interrupt.exitCode()
    if (interrupted !== undefined) return interrupted
    return reportFailure(error, request, command)
  }
}

/** Prints the error and returns its exit code. */
export async function reportFailure(error: unknown, request: CallContext, command?: Command): Promise<number> {
  const { inertText, renderError } = await import('./program.ts')
  const failure = asUnexpected(error)
  request.io.stderr.write(inertText(await renderError(failure, errorStyle(request)), request.io.env))
  return exitCodeOf(failure, command)
}

async function call(
  { entry, args, isDefault = false }: Extract<FoundCommand, { kind: 'command' }>,
  command: Command,
  request: CliRequest,
): Promise<number> {
  const { io, interrupt } = request
  const table = withGlobalFlags(command.flags)
  const options = { env: io.env, flagsFirst: command.flagsFirst === true, command: { name: entry.name, isDefault } }
  const { values, positionals } = parseFlags(table, args, options)
  if (values['help'] === true) {
    const { commandHelp } = await import('./help/command-help.ts')
    io.stdout.write(commandHelp(entry, command, helpColumns(io)))
    return 0
  }
  checkCount(entry.name, command, positionals)
  let opening: Promise<Engine> | undefined
  const engine: Call['engine'] = (options) => {
    opening ??= request.openEngine({ ...engineOptions(values, io), ...options })
    return opening
  }
  try {
    return await command.run({
      values: values as Call['values'],
      positionals,
      commands: commandTable,
      io,
      engine,
      interrupt,
    })
  } finally {
    await (await opening?.catch(() => undefined /* thrown to the command */))?.close()
  }
}

function engineOptions(values: FlagValues<FlagTable>, io: Io): EngineOptions {
  const root = values['root']
  const insecureHosts = values['insecure-registry']
  return {
    env: io.env,
    ...(typeof root === 'string' ? { root } : {}),
    ...(Array.isArray(insecureHosts) && insecureHosts.length > 0 ? { insecureHosts } : {}),
  }
}

function checkCount(name: string, command: Command, positionals: readonly string[]): void {
  const { min, max } = command.positionals
  if (positionals.length >= min && positionals.length <= max) return
  const expected =
    max === min
      ? `exactly ${min}`
      : positionals.length < min
        ? `at least ${min}`
        : max === 0
          ? 'none'
          : `at most ${max}`
  const isDotMissing = name === 'build' && positionals.length === 0
  throw new CliError(
    'CLI_ARGUMENT_COUNT',
    `Cannot run "tsbuild ${name}": ${countOf(positionals.length)} given (expected ${expected})`,
    { hint: `Usage: tsbuild ${name} ${command.usage}${isDotMissing ? '; the directory you are in is "."' : ''}` },
  )
}

function countOf(count: number): string {
  return count === 1 ? '1 argument was' : `${count} arguments were`
}

async function showHelp(io: Io, family: string | undefined): Promise<number> {
  const { mainHelp, familyHelp } = await import('./help/main-help.ts')
  io.stdout.write(
    family === undefined ? mainHelp(commandTable, helpColumns(io)) : familyHelp(commandTable, family, helpColumns(io)),
  )
  return 0
}

function errorStyle({ args, io }: CallContext): { debug: boolean; color: boolean } {
  const debug = hasDebugFlag(args, io.env)
  return { debug, color: io.stderr.isTTY === true && (io.env['NO_COLOR'] ?? '') === '' }
}
