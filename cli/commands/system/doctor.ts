import { cleanText } from '../../../builder/index.ts'
import { type MachineProbe, probeMachine } from '../../../engine/index.ts'
import { present } from '../../../image-spec/index.ts'
import { defineCommand } from '../../command.ts'
import { exitCodes } from '../../exit-codes.ts'
import { formatDocuments } from '../../output/format-documents.ts'

export const doctor = defineCommand({
  usage: '[OPTIONS]',
  flags: { format: { kind: 'string', help: 'Format output: json or a Go template' } },
  positionals: { min: 0, max: 0 },
  notes: `[warn] marks a limitation. The exit code is ${exitCodes.notPossibleHere} only if building or running is not possible.`,
  async run({ values, io }) {
    const { root, ...probe } = await probeMachine({ env: io.env, ...present('root', values.root) })
    const isWell = probe.checks.every((check) => check.ok)
    io.stdout.write(
      values.format === undefined
        ? asText(probe, root)
        : formatDocuments([probe], { format: values.format, toTerminal: io.stdout.isTTY === true }),
    )
    return isWell ? exitCodes.ok : exitCodes.notPossibleHere
  },
})

function asText({ checks, kernel, cgroup, overlay }: Omit<MachineProbe, 'root'>, root: string): string {
  const facts = [
    `Kernel     ${kernel}`,
    `Cgroups    ${cgroup}`,
    `Overlay    ${overlay ? 'yes' : 'no'}`,
    `Node       ${process.version}`,
    `User       ${process.getuid?.() ?? 'unknown'}`,
    `Store      ${root}`,
  ]
  const lines = checks.flatMap(({ ok, limited, name, found, hint }) => [
    `${mark(ok, limited).padEnd(6)} ${name}: ${found}`,
    ...(hint === undefined ? [] : [`       ${hint}`]),
  ])
  return cleanText(`${[...facts, '', ...lines].join('\n')}\n`)
}

function mark(ok: boolean, limited = false): string {
  if (!ok) return '[fail]'
  return limited ? '[warn]' : '[ok]'
}
