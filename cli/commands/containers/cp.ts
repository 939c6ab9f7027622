import { humanSize } from '../../../notation/index.ts'
import { type Call, defineCommand } from '../../command.ts'
import { type CopyOperand, parseCopyOperand } from '../../containers/copy-operand.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { usageError } from '../../errors.ts'
import { exitCodes } from '../../exit-codes.ts'

const flags = {
  archive: { kind: 'bool', short: 'a', help: "Archive mode: the copied files belong to the container's user" },
  'follow-link': { kind: 'bool', short: 'L', help: 'Follow symbolic links in the source path' },
  quiet: { kind: 'bool', short: 'q', help: 'Suppress progress output' },
} as const

export const cp = defineCommand({
  usage: '[OPTIONS] CONTAINER:PATH PATH|-  or  PATH|- CONTAINER:PATH',
  flags,
  positionals: { min: 2, max: 2 },
  completes: 'file',
  exitCodeOfFailure: exitCodes.failed,
  notes: `The container may be stopped. "-" is a tar: written to standard output, or read from standard input and unpacked in a directory of the container.

A directory is copied with its contents: into the destination if that is a directory, otherwise under the name of the destination, whose parent must exist. With a trailing "/." only the contents are copied. A file replaces a file; files and directories do not replace each other. Links are copied as links, and no link leads out of the container.

Files that are copied in keep the IDs of their owners; those that are copied out belong to you. The contents of /proc, /sys and /dev are left out.`,
  async run(call) {
    const [source = '', destination = ''] = call.positionals
    const from = parseCopyOperand(source, call.io.cwd, 'source')
    const to = parseCopyOperand(destination, call.io.cwd, 'destination')
    const sizeBytes = await copy(call, from, to)
    const isReported = !call.values.quiet && call.io.stdout.isTTY === true && to.kind !== 'stream'
    if (isReported) call.io.stderr.write(`Successfully copied ${humanSize(sizeBytes)} to ${operandText(to)}\n`)
    return 0
  },
})

async function copy({ values, io, ...call }: Call<typeof flags>, from: CopyOperand, to: CopyOperand): Promise<number> {
  if (from.kind === 'container' && to.kind === 'container') {
    throw usageError(
      'Cannot copy: copying between containers is not supported',
      'Copy to a file or to "-" first, then into the other container',
    )
  }
  const common = { followLink: values['follow-link'], signal: call.interrupt.signal }
  const containers = await containersOf({ io, ...call })
  if (from.kind === 'container') {
    if (to.kind === 'stream' && io.stdout.isTTY === true) {
      throw usageError('Cannot write an archive to standard output: it is a terminal (use a file, or a pipe)')
    }
    const output = to.kind === 'host' ? to.path : io.stdout
    return (await containers.copyFrom(from.container, { path: from.path, to: output, ...common })).sizeBytes
  }
  if (to.kind !== 'container') throw usageError('Cannot copy: must specify at least one container source')
  const input = from.kind === 'host' ? from.path : io.stdin
  const request = { from: input, path: to.path, archive: values.archive, ...common }
  return (await containers.copyTo(to.container, request)).sizeBytes
}

function operandText(operand: CopyOperand): string {
  if (operand.kind === 'container') return operand.text
  return operand.kind === 'host' ? operand.path : '-'
}
