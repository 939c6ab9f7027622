import type { FlagTable } from '../flags/flag-table.ts'

/** Flags for the process to start in a container, of `run`, `create` and `exec`. */
export const processFlags = {
  env: {
    kind: 'list',
    short: 'e',
    value: 'key=value',
    help: "Set an environment variable; without a value, use the caller's",
  },
  'env-file': { kind: 'list', value: 'file', help: 'Read environment variables from a file', completes: 'file' },
  interactive: { kind: 'bool', short: 'i', help: 'Keep standard input open' },
  tty: { kind: 'bool', short: 't', help: 'Allocate a pseudo-TTY' },
  user: { kind: 'string', short: 'u', help: 'User name or UID, optionally with a group (user[:group])' },
  workdir: { kind: 'string', short: 'w', value: 'directory', help: 'Working directory inside the container' },
} as const satisfies FlagTable
