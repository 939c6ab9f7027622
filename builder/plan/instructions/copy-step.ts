import { posix } from 'node:path'
import type { AddInstruction, CopyInstruction } from '../../../parser/index.ts'
import { expandText } from '../expand-text.ts'
import type { FileOperationAction, Node } from '../graph/operation.ts'
import { expanderOf, filesystemOf, type PlanContext, type StageDraft, scratchNode } from '../plan-context.ts'
import { type CopyFlags, readCopyFlags } from './copy-flags.ts'
import { type CopyInput, type CopySource, planCopySource, planHeredocSource } from './copy-sources.ts'
import { findFlag } from './flags.ts'
import { HISTORY_COMMENT, markedStep } from './history.ts'
import { instructionTitle, rangeOf, stepName } from './step-name.ts'

/**
 * COPY and ADD: one node with one action per source, executed in order. With `--link` the files are copied to an empty
 * root, which makes the step independent of the layers below, and merged over the stage.
 */
export function planCopy(instruction: CopyInstruction | AddInstruction, stage: StageDraft, plan: PlanContext): void {
  const flags = readCopyFlags(instruction, stage, plan)
  const words = expandWords(instruction, stage, plan)
  if (!flags || !words || !isChecksumUsable(instruction, flags, plan)) return
  const [name, range] = [stepName(stage, instructionTitle(instruction, stage, { plan })), rangeOf(stage, instruction)]
  const from = findFlag(instruction, 'from')?.value || undefined
  const input: CopyInput = { instruction, flags, from, stage, plan, name, range }
  const sources = [
    ...words.sources.map((text, index) => planCopySource(text, instruction.sources[index]?.range ?? range, input)),
    ...instruction.heredocs.map((heredoc) => planHeredocSource(heredoc, input)),
  ]
  const good = sources.filter((source) => source !== undefined)
  if (good.length < sources.length) return
  stage.node = addCopyNode(good, destinationOf(words.destination, stage), input)
  const createdBy = copyHistory(instruction, flags, words)
  stage.history.push({ createdBy, comment: HISTORY_COMMENT, node: stage.node })
}

interface CopyWords {
  readonly sources: readonly string[]
  readonly destination: string
}

function addCopyNode(sources: readonly CopySource[], to: string, input: CopyInput): Node {
  const { flags, stage, plan, name, range } = input
  const below = filesystemOf(stage, plan)
  const nodes = [...new Set(sources.map(({ node }) => node))]
  const actions = sources.map((source) => copyAction(source, { input: nodes.indexOf(source.node) + 1, to, flags }))
  const rest = { range, ignoreCache: stage.ignoreCache }
  const base = flags.link ? scratchNode(plan) : below
  const copied = plan.nodes.add({ operation: { kind: 'file', actions }, inputs: [base, ...nodes], name, ...rest })
  if (!flags.link || stage.node === undefined) return copied
  const title = name.replace('] ', '] LINK ')
  return plan.nodes.add({ operation: { kind: 'merge' }, inputs: [below, copied], name: title, ...rest })
}

function copyAction(
  { path, literal, unpackArchives }: CopySource,
  { input, to, flags }: { readonly input: number; readonly to: string; readonly flags: CopyFlags },
): FileOperationAction {
  const { owner, mode, parents, link, exclude } = flags
  return {
    action: 'copy',
    input,
    paths: [path],
    ...(literal && { literal: true }),
    exclude,
    to,
    ...(owner !== undefined && { owner }),
    ...(mode !== undefined && { mode }),
    parents: parents && !literal, // SPEC: BuildKit: of paths in a context, a stage or an image alone
    link,
    unpackArchives,
  }
}

/** Absolute; a directory (trailing `/` or `/.`, or the working directory itself) keeps a trailing slash. */
function destinationOf(written: string, stage: StageDraft): string {
  const path = posix.resolve('/', stage.config.WorkingDir ?? '/', written)
  const isDirectory = written === '' || written === '.' || /\/\.?$/.test(written)
  return isDirectory && path !== '/' ? `${path}/` : path
}

function expandWords(
  { sources, destination }: CopyInstruction | AddInstruction,
  stage: StageDraft,
  plan: PlanContext,
): CopyWords | undefined {
  const expander = expanderOf(stage, plan)
  const texts = [...sources, destination].map(({ text, range }) => expandText(text, range, expander))
  const expanded = texts.filter((text) => text !== undefined)
  const last = expanded.at(-1)
  if (last === undefined || expanded.length < texts.length) return undefined
  return { sources: expanded.slice(0, -1), destination: last }
}

function isChecksumUsable(
  { sources, heredocs }: CopyInstruction | AddInstruction,
  { checksum }: CopyFlags,
  { problems }: PlanContext,
): boolean {
  if (!checksum || (sources.length === 1 && heredocs.length === 0)) return true
  const found = heredocs.length > 0 ? 'a heredoc' : `${sources.length} sources`
  const message = `Cannot use checksum "${checksum.value}": found ${found} (expected one URL or git repository)`
  problems.error({ code: 'PLAN_FLAG_VALUE', range: checksum.range, message })
  return false
}

function copyHistory(
  instruction: CopyInstruction | AddInstruction,
  { parents, owner, mode }: CopyFlags,
  { sources, destination }: CopyWords,
): string {
  const flags = [
    ...(parents ? ['--parents'] : []),
    ...(owner ? [`--chown=${owner}`] : []),
    ...(mode ? [`--chmod=${mode}`] : []),
  ]
  const documents = instruction.heredocs.map(({ name }) => `<<${name}`)
  return markedStep([instruction.kind.toUpperCase(), ...flags, ...sources, ...documents, destination].join(' '))
}
