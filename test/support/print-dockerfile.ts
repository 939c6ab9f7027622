import type { CommandForm, Dockerfile, Flag, Heredoc, Instruction, Word } from '../../parser/index.ts'

/** Prints a tree as an equivalent Dockerfile, from its fields alone. */
export function printDockerfile({ escape: escapeBy, globalArgs, stages }: Dockerfile): string {
  const instructions = [...globalArgs, ...stages.flatMap((stage) => [stage.from, ...stage.instructions])]
  return `# escape=${escapeBy}\n${instructions.map((instruction) => `${printInstruction(instruction, escapeBy)}\n`).join('')}`
}

type Escape = Dockerfile['escape']

function printInstruction(instruction: Instruction, escapeBy: Escape): string {
  return `${instruction.kind.toUpperCase()} ${printArguments(instruction, escapeBy)}`
}

function printArguments(instruction: Instruction, escapeBy: Escape): string {
  switch (instruction.kind) {
    case 'from': {
      const name = instruction.as === undefined ? '' : ` AS ${instruction.as.text}`
      return printFlags(instruction.flags, escapeBy) + instruction.image.text + name
    }
    case 'arg':
      return printText(
        instruction.args.map((arg) => arg.name.text + (arg.default ? `=${arg.default.text}` : '')).join(' '),
      )
    case 'env':
    case 'label':
      return printText(
        instruction.pairs.map(({ key, value }) => key.text + (instruction.legacy ? ' ' : '=') + value.text).join(' '),
      )
    case 'run':
      return (
        printFlags(instruction.flags, escapeBy) + printCommand(instruction.command) + printBodies(instruction.heredocs)
      )
    case 'copy':
    case 'add': {
      const words = [...instruction.sources, instruction.destination]
      const marks = instruction.heredocs.map(printMark)
      const list = marks.length === 0 ? printJson(words) : [...marks, ...words.map(({ text }) => text)].join(' ')
      return printFlags(instruction.flags, escapeBy) + list + printBodies(instruction.heredocs)
    }
    case 'cmd':
    case 'entrypoint':
      return printCommand(instruction.command)
    case 'shell':
      return JSON.stringify(instruction.argv)
    case 'expose':
      return printText(instruction.ports.map(({ text }) => text).join(' '))
    case 'volume':
      return printJson(instruction.paths)
    case 'user':
      return printText(instruction.user.text)
    case 'workdir':
      return printText(instruction.path.text)
    case 'stopsignal':
      return printText(instruction.signal.text)
    case 'maintainer':
      return printText(instruction.name)
    case 'healthcheck':
      if (instruction.command === undefined) return 'NONE'
      return `${printFlags(instruction.flags, escapeBy)}CMD ${printCommand(instruction.command).replace(/^-- /, '')}`
    case 'onbuild':
      return instruction.instruction ? printInstruction(instruction.instruction, escapeBy) : instruction.trigger
  }
}

function printFlags(flags: readonly Flag[], escapeBy: Escape): string {
  const written = flags.map(
    ({ name, value }) => `--${name}${value === undefined ? '' : `=${protect(value, escapeBy)}`} `,
  )
  return written.join('')
}

function protect(value: string, escapeBy: Escape): string {
  const special = escapeBy === '`' ? /[`"'\s]/g : /[\\"'\s]/g
  return value.replace(special, `${escapeBy}$&`)
}

function printCommand(command: CommandForm): string {
  return command.form === 'exec' ? JSON.stringify(command.argv) : printText(command.text)
}

function printText(text: string): string {
  return text.startsWith('--') ? `-- ${text}` : text
}

function printJson(words: readonly Word[]): string {
  return JSON.stringify(words.map(({ text }) => text))
}

function printMark({ name, descriptor, expand, stripTabs }: Heredoc): string {
  const number = descriptor === 0 ? '' : String(descriptor)
  return `${number}<<${stripTabs ? '-' : ''}${expand ? name : `"${name}"`}`
}

function printBodies(heredocs: readonly Heredoc[]): string {
  return heredocs.map(({ name, content }) => `\n${content}${name}`).join('')
}
