import { defineCommand } from '../command.ts'

declare const TSBUILD_VERSION: string

export const version = defineCommand({
  usage: '',
  flags: {},
  positionals: { min: 0, max: 0 },
  async run({ io }) {
    io.stdout.write(`tsbuild ${TSBUILD_VERSION}\n`)
    return 0
  },
})
