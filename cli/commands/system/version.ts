import { type Command, defineCommand } from '../../command.ts'

declare const TSBUILD_VERSION: string

export const versionCommand = {
  usage: '[OPTIONS]',
  flags: { format: { kind: 'string', ignoresEmpty: true, short: 'f', help: 'Format output: json or a Go template' } },
  positionals: { min: 0, max: 0 },
} as const

/** Plain output needs no other code; `formatted` is loaded only for the other formats. */
export function version(formatted: () => Promise<Command>): Command {
  return defineCommand({
    ...versionCommand,
    async run(call) {
      if (call.values.format !== undefined) return (await formatted()).run(call)
      call.io.stdout.write(`tsbuild ${TSBUILD_VERSION}\n`)
      return 0
    },
  })
}
