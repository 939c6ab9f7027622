/**
 * The typed syntax tree of a Dockerfile. Words are kept as written (quotes, `$` and escapes included); expansion
 * happens while planning, since it needs arguments and the base image's environment.
 */

/** A place in the source. Lines and columns count from 1; the end is exclusive. */
export interface SourceRange {
  readonly start: SourcePosition
  readonly end: SourcePosition
}

export interface SourcePosition {
  readonly line: number
  readonly column: number
}

export interface Dockerfile {
  readonly directives: Directives
  /** ARG instructions before the first FROM, in order. */
  readonly globalArgs: readonly ArgInstruction[]
  readonly stages: readonly Stage[]
  /** The escape character in effect. */
  readonly escape: '\\' | '`'
}

export interface Directives {
  readonly syntax?: string
  readonly escape?: '\\' | '`'
  readonly check?: string
  /** Range of `check`. */
  readonly checkRange?: SourceRange
}

export interface Stage {
  readonly from: FromInstruction
  /** Lower-case name from `AS`, if any. */
  readonly name?: string
  readonly index: number
  readonly instructions: readonly StageInstruction[]
}

export interface InstructionBase {
  /** Without the bodies of heredocs; with blank lines and comments after a last escape character. */
  readonly range: SourceRange
  /** The instruction as one line, with continuations joined and comments removed, as in the history. */
  readonly text: string
  /** The keyword as written (`run`, `RUN`, `Run`). */
  readonly keyword: string
  /** The comment block directly above, without `#`. */
  readonly comment?: string
  /** Numbers of blank lines within a continuation, which will become an error in the future. */
  readonly blankLines?: readonly number[]
}

/** A word as written with its place. */
export interface Word {
  readonly text: string
  readonly range: SourceRange
}

export interface KeyValue {
  readonly key: Word
  readonly value: Word
}

/** `--name=value`; a bare `--name` has no value. */
export interface Flag {
  readonly name: string
  readonly value?: string
  readonly range: SourceRange
}

/** Exec form (a JSON array) or shell form (the text as written, continuations joined). */
export type CommandForm =
  | { readonly form: 'exec'; readonly argv: readonly string[] }
  | { readonly form: 'shell'; readonly text: string }

export interface Heredoc {
  /** The delimiter word without quotes. */
  readonly name: string
  /** The body, tabs stripped if `<<-`. */
  readonly content: string
  /** The body as written, if it differs. */
  readonly written?: string
  /** False if the delimiter was quoted. */
  readonly expand: boolean
  readonly stripTabs: boolean
  /** The file descriptor before `<<`, default 0. */
  readonly descriptor: number
  readonly range: SourceRange
}

export interface FromInstruction extends InstructionBase {
  readonly kind: 'from'
  readonly flags: readonly Flag[]
  readonly image: Word
  /** The stage's name as written. */
  readonly as?: Word
  /** The keyword before the name as written (`AS`, `as`). */
  readonly asKeyword?: string
}

export interface ArgInstruction extends InstructionBase {
  readonly kind: 'arg'
  readonly args: readonly { readonly name: Word; readonly default?: Word }[]
}

export interface EnvInstruction extends InstructionBase {
  readonly kind: 'env'
  readonly pairs: readonly KeyValue[]
  /** `ENV key the rest`. */
  readonly legacy: boolean
}

export interface LabelInstruction extends InstructionBase {
  readonly kind: 'label'
  readonly pairs: readonly KeyValue[]
  readonly legacy: boolean
}

/** A CDI device requested by a command. */
export interface RunDevice {
  readonly name: string
  readonly required: boolean
}

export interface RunInstruction extends InstructionBase {
  readonly kind: 'run'
  readonly flags: readonly Flag[]
  /** Devices of `--device`; absent if there are none. */
  readonly devices?: readonly RunDevice[]
  readonly command: CommandForm
  readonly heredocs: readonly Heredoc[]
}

export interface CopyInstruction extends InstructionBase {
  readonly kind: 'copy'
  readonly flags: readonly Flag[]
  /** Words before the destination that are not heredocs. */
  readonly sources: readonly Word[]
  readonly heredocs: readonly Heredoc[]
  readonly destination: Word
}

export interface AddInstruction extends InstructionBase {
  readonly kind: 'add'
  readonly flags: readonly Flag[]
  readonly sources: readonly Word[]
  readonly heredocs: readonly Heredoc[]
  readonly destination: Word
}

export interface CmdInstruction extends InstructionBase {
  readonly kind: 'cmd'
  readonly command: CommandForm
}

export interface EntrypointInstruction extends InstructionBase {
  readonly kind: 'entrypoint'
  readonly command: CommandForm
}

export interface ShellInstruction extends InstructionBase {
  readonly kind: 'shell'
  readonly argv: readonly string[]
}

export interface ExposeInstruction extends InstructionBase {
  readonly kind: 'expose'
  readonly ports: readonly Word[]
}

export interface VolumeInstruction extends InstructionBase {
  readonly kind: 'volume'
  readonly paths: readonly Word[]
}

export interface UserInstruction extends InstructionBase {
  readonly kind: 'user'
  readonly user: Word
}

export interface WorkdirInstruction extends InstructionBase {
  readonly kind: 'workdir'
  readonly path: Word
}

export interface StopsignalInstruction extends InstructionBase {
  readonly kind: 'stopsignal'
  readonly signal: Word
}

export interface HealthcheckInstruction extends InstructionBase {
  readonly kind: 'healthcheck'
  readonly flags: readonly Flag[]
  /** Undefined for HEALTHCHECK NONE. */
  readonly command?: CommandForm
}

export interface OnbuildInstruction extends InstructionBase {
  readonly kind: 'onbuild'
  /** The deferred instruction as text, including heredocs, to be parsed again in the child image. */
  readonly trigger: string
  /** The deferred instruction, parsed now to report mistakes early; absent if there are any, which are warnings. */
  readonly instruction?: StageInstruction
}

export interface MaintainerInstruction extends InstructionBase {
  readonly kind: 'maintainer'
  readonly name: string
}

export type StageInstruction =
  | ArgInstruction
  | EnvInstruction
  | LabelInstruction
  | RunInstruction
  | CopyInstruction
  | AddInstruction
  | CmdInstruction
  | EntrypointInstruction
  | ShellInstruction
  | ExposeInstruction
  | VolumeInstruction
  | UserInstruction
  | WorkdirInstruction
  | StopsignalInstruction
  | HealthcheckInstruction
  | OnbuildInstruction
  | MaintainerInstruction

export type Instruction = FromInstruction | StageInstruction
