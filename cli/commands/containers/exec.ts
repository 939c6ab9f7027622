import { defineCommand } from '../../command.ts'
import { detachKeysFlag } from '../../containers/detach-keys-flag.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { readPairFiles } from '../../containers/pair-file.ts'
import { requireTerminal } from '../../containers/run-session.ts'
import { exitCodes } from '../../exit-codes.ts'
import { requireInput } from '../../terminal/standard-input.ts'

export const exec = defineCommand({
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  flags: {
    detach: { kind: 'bool', short: 'd', help: 'Detached mode: run in the background' },
    env: {
      kind: 'list',
      short: 'e',
      value: 'key=value',
      help: "Set an environment variable; without a value, use the caller's",
    },
    'env-file': { kind: 'list', value: 'file', help: 'Read environment variables from a file', completes: 'file' },
    interactive: { kind: 'bool', short: 'i', help: 'Keep standard input open' },
    privileged: { kind: 'bool', help: 'Give extended privileges' },
    tty: { kind: 'bool', short: 't', help: 'Allocate a pseudo-TTY' },
    user: { kind: 'string', short: 'u', help: 'User name or UID, optionally with a group (user[:group])' },
    workdir: { kind: 'string', short: 'w', value: 'directory', help: 'Working directory inside the container' },
    'detach-keys': detachKeysFlag,
  },
  flagsFirst: true,
  positionals: { min: 2, max: Number.POSITIVE_INFINITY },
  completes: 'container',
  exitCodeOfFailure: exitCodes.failed,
  notes:
    'The exit code is that of the command; 126 if it cannot be started, 127 if it is not found, 1 if the container is not running.',
  async run(call) {
    const { values, positionals, io, interrupt } = call
    const [container = '', ...argv] = positionals
    requireTerminal(io, values)
    if (values.interactive) requireInput()
    const spec = {
      argv,
      env: [...(await readPairFiles(values['env-file'], call)), ...values.env],
      terminal: values.tty,
      privileged: values.privileged,
      ...(values['detach-keys'] !== undefined && { detachKeys: values['detach-keys'] }),
      ...(values.user !== undefined && { user: values.user }),
      ...(values.workdir !== undefined && { workingDir: values.workdir }),
    }
    const containers = await containersOf(call)
    if (values.detach) {
      await containers.execDetached(container, spec)
      return 0
    }
    // The command inherits the descriptors, so that a slow reader blocks the command itself.
    const streams = { ...(values.interactive ? { stdin: 'inherit' as const } : {}), output: 'inherit' as const }
    const outcome = await containers.exec(container, spec, streams, interrupt.signal)
    return outcome.exitCode
  },
})
