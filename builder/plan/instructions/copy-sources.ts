import { posix } from 'node:path'
import { type GitUrl, isGitUrl, parseGitUrl, withWholeCommit } from '../../../notation/index.ts'
import type { AddInstruction, CopyInstruction, Heredoc, SourceRange, Word } from '../../../parser/index.ts'
import { expandHeredoc } from '../expand-text.ts'
import type { Node } from '../graph/operation.ts'
import { expanderOf, type PlanContext, type StageDraft, scratchNode } from '../plan-context.ts'
import { originNode } from '../stages/origin-node.ts'
import type { CopyFlags } from './copy-flags.ts'
import { heredocFile } from './heredoc-file.ts'
import { httpFilename } from './http-filename.ts'

/** One source of a COPY or ADD. */
export interface CopySource {
  readonly node: Node
  readonly path: string
  /** The path is a name, not a pattern. */
  readonly literal: boolean
  readonly unpackArchives: boolean
}

export interface CopyInput {
  readonly instruction: CopyInstruction | AddInstruction
  readonly flags: CopyFlags
  readonly from: string | undefined
  readonly stage: StageDraft
  readonly plan: PlanContext
  /** Name of the step, also used for downloads. */
  readonly name: string
  readonly range: SourceRange
}

/** Undefined if the source cannot be used, which is reported. */
export function planCopySource(text: string, range: SourceRange, input: CopyInput): CopySource | undefined {
  if (isGitUrl(text)) return gitSource(text, range, input)
  if (/^https?:\/\//.test(text)) return httpSource(text, range, input)
  if (input.flags.checksum) {
    const word = { text, range: input.flags.checksum.range }
    return refuseSource(word, input, 'it has no checksum to compare (expected a URL or git repository)')
  }
  const node = originNode(input.from, range, input.plan)
  const unpackArchives = input.flags.unpack ?? input.instruction.kind === 'add'
  return node && { node, path: sourcePath(text, input.flags.parents), literal: false, unpackArchives }
}

/**
 * As in BuildKit, a heredoc is its own small source: a file in its root, mode 0644, copied like any other.
 */
export function planHeredocSource(heredoc: Heredoc, input: CopyInput): CopySource | undefined {
  const { range } = heredoc
  const path = heredocFile(heredoc, input.plan)
  if (path === undefined) return undefined
  const expander = expanderOf(input.stage, input.plan)
  const content = heredoc.expand ? expandHeredoc(heredoc.content, range, expander) : heredoc.content
  if (content === undefined) return undefined
  const node = input.plan.nodes.add({
    operation: { kind: 'file', actions: [{ action: 'mkfile', path, content, mode: '0644' }] },
    inputs: [scratchNode(input.plan)],
    name: '[internal] preparing inline document',
    range,
  })
  return { node, path, literal: true, unpackArchives: false }
}

/** Absolute within the source, so that no path leaves it; with `--parents`, both sides of the pivot are. */
function sourcePath(text: string, parents: boolean): string {
  const pivot = parents ? text.indexOf('/./') : -1
  if (pivot < 0) return posix.join('/', text).replace(/(?<=.)\/$/, '')
  const [kept, selected] = [posix.join('/', text.slice(0, pivot)), posix.join('/', text.slice(pivot + 3))]
  return `${kept === '/' ? '' : kept}/.${selected.replace(/(?<=.)\/$/, '')}`
}

function httpSource(url: string, range: SourceRange, input: CopyInput): CopySource | undefined {
  const { plan, flags } = input
  if (input.instruction.kind === 'copy')
    return refuseSource({ text: url, range }, input, 'COPY does not download (use ADD)')
  const checksum = flags.checksum?.value
  if (flags.checksum && !/^sha256:[0-9a-f]{64}$/.test(flags.checksum.value)) {
    const word = { text: url, range: flags.checksum.range }
    return refuseSource(word, input, `checksum "${checksum}" (expected "sha256:" and 64 hex digits)`)
  }
  const filename = httpFilename(url)
  const operation = { kind: 'source', source: 'http', url, filename, ...(checksum && { checksum }) } as const
  const node = plan.nodes.add({ operation, inputs: [], name: input.name, range: input.range })
  return { node, path: `/${filename}`, literal: true, unpackArchives: flags.unpack ?? false }
}

function gitSource(text: string, range: SourceRange, input: CopyInput): CopySource | undefined {
  if (input.instruction.kind === 'copy') return refuseSource({ text, range }, input, 'COPY does not clone (use ADD)')
  const address = withWholeCommit(withFlags(parseGitUrl(text), input.flags))
  // SPEC: BuildKit parses mtime= here too, but ignores it.
  const { fault, keepGitDirectory = false, times, ...source } = address
  if (fault) return refuseSource({ text, range }, input, `${fault.found} (expected ${fault.needed})`)
  const operation = { kind: 'source', source: 'git', ...source, keepGitDirectory } as const
  const node = input.plan.nodes.add({ operation, inputs: [], name: input.name, range: input.range })
  return { node, path: '/', literal: true, unpackArchives: false }
}

function withFlags(address: GitUrl, { checksum, keepGitDirectory }: CopyFlags): GitUrl {
  const isInconsistent = address.keepGitDirectory !== undefined && keepGitDirectory !== undefined
  if (isInconsistent && address.keepGitDirectory !== keepGitDirectory) {
    return { ...address, fault: { found: 'keep-git-dir differs from the flag', needed: 'the same in both places' } }
  }
  if (checksum && !/^[0-9a-f]{7,64}$/.test(checksum.value)) {
    return { ...address, fault: { found: `checksum "${checksum.value}"`, needed: '7 to 64 hex digits of a commit' } }
  }
  if (checksum && address.checksum !== undefined && address.checksum !== checksum.value) {
    return { ...address, fault: { found: 'the commit differs from --checksum', needed: 'the same in both places' } }
  }
  const keep = address.keepGitDirectory ?? keepGitDirectory
  return {
    ...address,
    ...(keep !== undefined && { keepGitDirectory: keep }),
    ...(checksum && { checksum: checksum.value }),
  }
}

function refuseSource({ text, range }: Word, { plan }: CopyInput, why: string): undefined {
  plan.problems.error({ code: 'PLAN_SOURCE_INVALID', range, message: `Cannot copy "${text}": ${why}` })
}
