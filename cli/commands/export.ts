import { createWriteStream } from 'node:fs'
import { resolve } from 'node:path'
import { defineCommand } from '../command.ts'
import { containersOf } from '../containers/open-call-containers.ts'
import { usageError } from '../errors.ts'

export const exportContainer = defineCommand({
  usage: '[OPTIONS] CONTAINER',
  flags: {
    output: {
      kind: 'string',
      short: 'o',
      value: 'file',
      help: 'Write to a file instead of standard output',
      completes: 'file',
    },
  },
  positionals: { min: 1, max: 1 },
  completes: 'container',
  async run(call) {
    const { io, values, positionals } = call
    if (values.output === undefined && io.stdout.isTTY === true) {
      throw usageError('Cannot write an archive to standard output: it is a terminal (want -o file, or a pipe)')
    }
    const output = values.output === undefined ? io.stdout : createWriteStream(resolve(io.cwd, values.output))
    await (await containersOf(call)).export(positionals[0] ?? '', output)
    return 0
  },
})
