import { type Heredoc, parseHeredocMark, type RunInstruction } from '../../../parser/index.ts'
import { type StageDraft, shellOf } from '../plan-context.ts'

export interface RunCommand {
  readonly argv: readonly string[]
  readonly scripts: readonly { readonly path: string; readonly content: string }[]
  /** Suffix for the instruction's text that distinguishes heredocs. */
  readonly summary: string
}

const SCRIPT_FOLDER = '/dev/pipes'

/**
 * The command line of a RUN. A lone heredoc is the shell's script, or its own program if it starts with `#!`; other
 * heredocs are passed to the shell as written. The builder never expands their contents.
 */
export function runCommand({ command, heredocs }: RunInstruction, stage: StageDraft): RunCommand {
  if (command.form === 'exec') return { argv: command.argv, scripts: [], summary: '' }
  const [heredoc] = heredocs
  if (!heredoc) return { argv: [...shellOf(stage), command.text], scripts: [], summary: '' }
  if (parseHeredocMark(command.text.trim()) === undefined) {
    return { argv: [...shellOf(stage), withBodies(command.text, heredocs)], scripts: [], summary: '' }
  }
  const summary = ` (${firstLine(heredoc.content)})`
  if (!heredoc.content.startsWith('#!')) return { argv: [...shellOf(stage), heredoc.content], scripts: [], summary }
  const path = `${SCRIPT_FOLDER}/${heredoc.name.replaceAll('/', '_')}`
  // SPEC: BuildKit has the shell start the program, so `RUN <<EOF` with `#!` needs a shell in the image, too.
  return { argv: [...shellOf(stage), path], scripts: [{ path, content: heredoc.content }], summary }
}

function withBodies(text: string, heredocs: readonly Heredoc[]): string {
  return text + heredocs.map(({ content, written = content, name }) => `\n${written}${name}`).join('')
}

function firstLine(content: string): string {
  const [first = '', ...more] = content.trim().split(/\r?\n/)
  return more.length > 0 ? `${first}...` : first
}
