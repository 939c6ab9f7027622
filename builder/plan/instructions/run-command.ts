import type { Heredoc, RunInstruction } from '../../../parser/index.ts'
import { type StageDraft, shellOf } from '../plan-context.ts'

export interface RunCommand {
  readonly argv: readonly string[]
  readonly scripts: readonly { readonly path: string; readonly content: string }[]
  /** What a name adds to the instruction's text, so that a heredoc can be distinguished from another. */
  readonly summary: string
}

const SCRIPT_FOLDER = '/dev/pipes'

/**
 * The command line of a RUN. A lone heredoc is the shell's script, or with `#!` its own program; any other use of
 * heredocs is given to the shell as it was written. The builder never expands what is in them.
 */
export function runCommand({ command, heredocs }: RunInstruction, stage: StageDraft): RunCommand {
  if (command.form === 'exec') return { argv: command.argv, scripts: [], summary: '' }
  const [heredoc] = heredocs
  if (!heredoc) return { argv: [...shellOf(stage), command.text], scripts: [], summary: '' }
  if (heredocs.length > 1 || !isLoneHeredoc(command.text)) {
    return { argv: [...shellOf(stage), withBodies(command.text, heredocs)], scripts: [], summary: '' }
  }
  const summary = ` (${firstLine(heredoc.content)})`
  if (!heredoc.content.startsWith('#!')) return { argv: [...shellOf(stage), heredoc.content], scripts: [], summary }
  const path = `${SCRIPT_FOLDER}/${heredoc.name.replaceAll('/', '_')}`
  // SPEC: BuildKit lets the shell start the program, so an image for `RUN <<EOF` with `#!` needs a shell too.
  return { argv: [...shellOf(stage), path], scripts: [{ path, content: heredoc.content }], summary }
}

/** `<<EOF` and nothing else. */
function isLoneHeredoc(text: string): boolean {
  return /^\d*<<-?(?:'[^'<]*'|"[^"<]*"|[^\s<'"]+)$/.test(text.trim())
}

function withBodies(text: string, heredocs: readonly Heredoc[]): string {
  return text + heredocs.map(({ content, written = content, name }) => `\n${written}${name}`).join('')
}

function firstLine(content: string): string {
  const [first = '', ...more] = content.trim().split(/\r?\n/)
  return more.length > 0 ? `${first}...` : first
}
