import { resolve } from 'node:path'
import { saveImages } from '../../builder/index.ts'
import { defineCommand } from '../command.ts'
import { usageError } from '../errors.ts'
import { platformOf } from '../flags/platform.ts'

export const save = defineCommand({
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  flags: {
    output: {
      kind: 'string',
      short: 'o',
      value: 'file',
      help: 'Write to a file instead of standard output',
      completes: 'file',
    },
    platform: { kind: 'string', help: 'Of images for several platforms the one for this one alone' },
    format: {
      kind: 'string',
      default: 'docker',
      choices: ['docker', 'oci'],
      help: 'Layout of the archive; docker is read by OCI tools too',
    },
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'image',
  async run({ values, positionals, io, engine, interrupt }) {
    if (values.output === undefined && io.stdout.isTTY === true) {
      throw usageError('Cannot write an archive to standard output: it is a terminal (want -o file, or a pipe)')
    }
    const { store } = await engine()
    const destination = values.output === undefined ? io.stdout : resolve(io.cwd, values.output)
    const format = values.format === 'oci' ? 'oci' : 'docker'
    const platform = values.platform === undefined ? {} : { platform: platformOf(values.platform) }
    await saveImages({ store, names: positionals, format, ...platform, destination }, interrupt.signal)
    return 0
  },
})
