import { cleanText, GRAPH_FORMATS, type GraphFormat, printGraph } from '../../../builder/index.ts'
import { planRequest } from '../../builds/build-request.ts'
import { planFlags } from '../../builds/plan-flags.ts'
import { defineCommand } from '../../command.ts'

export const graph = defineCommand({
  usage: '[OPTIONS] PATH | URL | -',
  flags: {
    ...planFlags,
    format: { kind: 'string', default: 'text', choices: ['text', 'json', 'svg'], help: 'Output format' },
  },
  positionals: { min: 1, max: 1 },
  completes: 'directory',
  notes: 'Plans the build without running it. Steps that several platforms share are printed once.',
  async run({ values, positionals, io, engine, interrupt }) {
    const format = formatOf(values.format)
    const request = await planRequest(values, positionals[0] ?? '.', { io, interrupt })
    const { builder } = await engine()
    const plans = await builder.plan({ ...request, signal: interrupt.signal })
    const printed = printGraph(plans, format)
    // SECURITY: commands of an untrusted Dockerfile must not control the terminal; the other formats quote them.
    io.stdout.write(format === 'text' ? cleanText(printed) : printed)
    return 0
  },
})

/** The flag table allows no other values. */
function formatOf(text: string): GraphFormat {
  return GRAPH_FORMATS.find((format) => format === text) ?? 'text'
}
