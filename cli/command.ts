import type { Readable, Writable } from 'node:stream'
import type { Engine, EngineOptions } from '../engine/index.ts'
import type { FlagTable, FlagValues, globalFlags } from './flags/flag-table.ts'
import type { Interrupt } from './interrupt.ts'

/** A command: flags, arguments and action. Its name and summary are in the command table. */
export interface Command<F extends FlagTable = FlagTable> {
  /** Text after the command's name in the usage line. */
  readonly usage: string
  readonly flags: F
  /** Flags end at the first positional argument: later arguments belong to the container's command. */
  readonly flagsFirst?: boolean
  readonly positionals: { readonly min: number; readonly max: number }
  /** What completion suggests for arguments. */
  readonly completes?: 'image' | 'container' | 'file' | 'directory'
  /**
   * Exit code of all failures except an invalid command line; by default, that of the failure's class. An error's own
   * exit code takes precedence.
   */
  readonly exitCodeOfFailure?: number
  /** Exit code for an invalid command line. */
  readonly exitCodeOfMistake?: number
  /** Exit code if a container's command cannot be started; by default 125, 126 or 127. */
  readonly exitCodeOfStart?: number
  /** Paragraphs below the flags in the help. */
  readonly notes?: string
  /** Returns the exit code; failures are thrown. */
  run(call: Call<F>): Promise<number>
}

/** A row of the command table. The code of the command is loaded when it runs. */
export interface CommandEntry {
  /** One to three words: `build`, `image ls`, `server build ls`. */
  readonly name: string
  /** Other full names: `images`, `image list`. */
  readonly aliases?: readonly string[]
  readonly summary: string
  /** Not listed in the help. */
  readonly hidden?: boolean
  readonly group: 'Build' | 'Server' | 'Images' | 'Registries' | 'Containers' | 'Volumes' | 'System'
  readonly load: () => Promise<Command>
}

/** A call of a command, with everything that it may use. */
export interface Call<F extends FlagTable = FlagTable> {
  readonly values: FlagValues<F & typeof globalFlags>
  readonly positionals: readonly string[]
  /** All commands, for help and completion. */
  readonly commands: readonly CommandEntry[]
  readonly io: Io
  /** Opened once, with the options of the first call; closed by the caller of the command. */
  engine(options?: Pick<EngineOptions, 'maxParallelSteps' | 'insecureHosts'>): Promise<Engine>
  readonly interrupt: Interrupt
}

/** Standard streams, environment and working directory of a command. */
export interface Io {
  readonly stdin: Readable & { readonly isTTY?: boolean }
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number }
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
}

/** Infers the types of a command's flags for its `run`. */
export function defineCommand<const F extends FlagTable>(command: Command<F>): Command {
  return command
}
