import { type Command, defineCommand } from '../../command.ts'
import { withCidFile } from '../../containers/cid-file.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { runFlags } from '../../containers/run-flags.ts'
import { endOf, isInputOnly, requireTerminal, sessionIo } from '../../containers/run-session.ts'
import { runSpec } from '../../containers/run-spec.ts'
import { usageError } from '../../errors.ts'
import { exitCodes } from '../../exit-codes.ts'

export const run: Command = defineCommand({
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  flags: runFlags,
  flagsFirst: true,
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'image',
  exitCodeOfFailure: exitCodes.internal,
  notes:
    'The exit code is that of the command; 125 if the container could not be started, 126 if the command cannot be invoked, 127 if it is not found.',
  async run(call) {
    const { values, positionals, io, interrupt } = call
    requireTerminal(io, values)
    if (values.detach && values.attach.length > 0) throw usageError('Cannot use "-a": conflicting options: -a and -d')
    const spec = await runSpec(values, positionals, call)
    const containers = await containersOf(call, { quiet: values.quiet })
    const attached = values.detach ? undefined : sessionIo(io, values, values.attach)
    const start = () => containers.run(spec, attached, interrupt.signal)
    const { container, session } = await withCidFile(
      { file: values.cidfile, io },
      start,
      (created) => created.container.id,
    )
    const printsId = values.detach || isInputOnly(values.attach)
    if (printsId) io.stdout.write(`${container.id}\n`)
    if (values.detach) return exitCodes.ok
    if (values['sig-proxy']) interrupt.release()
    const exitCode = await endOf(session, interrupt)
    return printsId && !interrupt.signal.aborted ? exitCodes.ok : exitCode
  },
})
