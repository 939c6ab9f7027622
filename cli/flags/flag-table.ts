/** One row of a command's flags: the only source of parsing, help and shell completion. */
export interface Flag {
  /** `list` may be given several times; the order is kept. */
  readonly kind: 'bool' | 'string' | 'list'
  readonly short?: string
  readonly help: string
  /** Placeholder for the value in help texts. */
  readonly value?: string
  /** Value of the flag without `=`; another value must follow `=`. */
  readonly bare?: string
  /** Value if the flag is not given. */
  readonly default?: string
  /** Default shown in the help if it is not a value of the flag, or is determined later. */
  readonly shownDefault?: string
  /** Environment variable used if the flag is not given. */
  readonly env?: string
  /** All other values are refused. */
  readonly choices?: readonly string[]
  /** An empty value is refused: an unset variable of a script must not choose another directory. */
  readonly isNeverEmpty?: boolean
  /** SPEC: docker: an empty value, as of an unset variable in a script, counts as if the flag was not given. */
  readonly ignoresEmpty?: boolean
  /** What completion suggests as the value. */
  readonly completes?: 'file' | 'directory'
  /** Not listed in the help: only for compatibility. */
  readonly hidden?: boolean
  /** A flag of docker that is not supported: refused with the reason, except for values without effect. */
  readonly refused?: { readonly reason: string; readonly harmless: readonly string[] }
  /** Other long names, not listed in the help. */
  readonly aliases?: readonly string[]
}

export type FlagTable = Readonly<Record<string, Flag>>

/** Parsed values of a table's flags. */
export type FlagValues<T extends FlagTable> = { readonly [Name in keyof T]: FlagValue<T[Name]> }

type FlagValue<F extends Flag> = {
  bool: boolean
  list: readonly string[]
  string: F extends { readonly default: string } ? string : string | undefined
}[F['kind']]

/** Flags of every command, before or after its name. */
export const globalFlags = {
  root: {
    kind: 'string',
    value: 'directory',
    env: 'TSBUILD_ROOT',
    help: 'Directory of images, layers and containers',
    isNeverEmpty: true,
    completes: 'directory',
  },
  'insecure-registry': {
    kind: 'list',
    value: 'host',
    env: 'TSBUILD_INSECURE_REGISTRIES',
    help: 'Allow this registry over plain HTTP or with an unverified certificate',
  },
  debug: { kind: 'bool', short: 'D', env: 'TSBUILD_DEBUG', help: 'Show stack traces of errors' },
  help: { kind: 'bool', short: 'h', help: 'Print usage' },
} as const satisfies FlagTable

/** A command's own short name takes precedence: `-h` is the host name of `run`. */
export function withGlobalFlags(flags: FlagTable): FlagTable {
  const taken = new Set(Object.values(flags).map((flag) => flag.short))
  const globals = Object.entries(globalFlags as FlagTable).map(([name, flag]) => {
    if (!taken.has(flag.short)) return [name, flag] as const
    const { short: _, ...withoutShort } = flag
    return [name, withoutShort] as const
  })
  return { ...Object.fromEntries(globals), ...flags }
}
