import { posix } from 'node:path'
import { type Heredoc, parseHeredocMark, type RunInstruction } from '../../../parser/index.ts'
import { type PlanContext, type StageDraft, shellOf } from '../plan-context.ts'
import { heredocFile } from './heredoc-file.ts'

export interface RunCommand {
  readonly argv: readonly string[]
  readonly scripts: readonly { readonly path: string; readonly content: string }[]
  /** Suffix for the instruction's text that distinguishes heredocs. */
  readonly summary: string
}

const SCRIPT_FOLDER = '/dev/pipes'

/**
 * The command line of a RUN. A lone heredoc is the shell's script, or its own program if it starts with `#!`; other
 * heredocs are passed to the shell as written. The builder never expands their contents. Undefined if the program has no
 * file name, which is reported.
 */
export function runCommand(
  { command, heredocs }: RunInstruction,
  stage: StageDraft,
  plan: PlanContext,
): RunCommand | undefined {
  if (command.form === 'exec') return { argv: command.argv, scripts: [], summary: '' }
  const [heredoc] = heredocs
  if (!heredoc) return { argv: [...shellOf(stage), command.text], scripts: [], summary: '' }
  if (parseHeredocMark(command.text.trim()) === undefined) {
    return { argv: [...shellOf(stage), withBodies(command.text, heredocs)], scripts: [], summary: '' }
  }
  const summary = ` (${firstLine(heredoc.content)})`
  if (!heredoc.content.startsWith('#!')) return { argv: [...shellOf(stage), heredoc.content], scripts: [], summary }
  const file = heredocFile(heredoc, plan)
  if (file === undefined) return undefined
  // SPEC: BuildKit has the shell start the program, so `RUN <<EOF` with `#!` needs a shell in the image, too.
  const program = posix.join(SCRIPT_FOLDER, heredoc.name).replace(/\/$/, '')
  const scripts = [{ path: `${SCRIPT_FOLDER}${file}`, content: heredoc.content }]
  return { argv: [...shellOf(stage), program], scripts, summary }
}

function withBodies(text: string, heredocs: readonly Heredoc[]): string {
  return text + heredocs.map(({ content, written = content, name }) => `\n${written}${name}`).join('')
}

function firstLine(content: string): string {
  const [first = '', ...more] = content.trim().split(/\r?\n/)
  return more.length > 0 ? `${first}...` : first
}
