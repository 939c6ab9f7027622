import { hintForMissing } from '../../../container/index.ts'
import { defineCommand } from '../../command.ts'
import { detachKeysFlag } from '../../containers/detach-keys-flag.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { readPairFiles } from '../../containers/pair-file.ts'
import { processFlags } from '../../containers/process-flags.ts'
import { reportDetach, requireTerminal } from '../../containers/run-session.ts'
import { exitCodes } from '../../exit-codes.ts'
import { requireInput } from '../../terminal/standard-input.ts'

export const exec = defineCommand({
  usage: '[OPTIONS] CONTAINER COMMAND [ARG...]',
  flags: {
    ...processFlags,
    detach: { kind: 'bool', short: 'd', help: 'Detached mode: run in the background' },
    privileged: { kind: 'bool', help: 'Give extended privileges' },
    'detach-keys': detachKeysFlag,
  },
  flagsFirst: true,
  positionals: { min: 2, max: Number.POSITIVE_INFINITY },
  completes: 'container',
  exitCodeOfFailure: exitCodes.failed,
  notes:
    'The exit code is that of the command; 126 if it cannot be invoked, 127 if it is not found, 1 if the container is not running.',
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
    // The binary inherits the descriptors, and reads the command's output as fast as the reader takes it.
    const streams = { ...(values.interactive ? { stdin: 'inherit' as const } : {}), output: 'inherit' as const }
    const outcome = await containers.exec(container, spec, { ...streams, signal: interrupt.signal })
    if (outcome.isDetached === true) return reportDetach(io)
    // The binary reports a missing command, as it has the terminal.
    const hint =
      outcome.exitCode === MISSING ? hintForMissing({ operand: 'container', name: argv[0] ?? '' }) : undefined
    if (hint !== undefined) io.stderr.write(`  hint: ${hint}\n`)
    return outcome.exitCode
  },
})

/** Exit code of shells and of the binary for a command that is not found. */
const MISSING = 127
