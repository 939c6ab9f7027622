import { hasUserNames } from '../../../notation/index.ts'
import type { AddInstruction, CopyInstruction, SourceRange } from '../../../parser/index.ts'
import { expandText } from '../expand-text.ts'
import { expanderOf, type PlanContext, type StageDraft } from '../plan-context.ts'
import { isCopyMode } from './copy-mode.ts'
import { findFlag, findSwitch, listFlags } from './flags.ts'

/** The flags of a COPY or ADD, expanded and checked. */
export interface CopyFlags {
  readonly owner: string | undefined
  readonly mode: string | undefined
  readonly link: boolean
  readonly parents: boolean
  readonly exclude: readonly string[]
  readonly checksum: { readonly value: string; readonly range: SourceRange } | undefined
  readonly keepGitDirectory: boolean | undefined
  readonly unpack: boolean | undefined
}

/** SPEC: BuildKit frontend/dockerfile/instructions/commands.go; the other flags are not expanded. */
const EXPANDED: readonly string[] = ['chown', 'chmod', 'checksum']

/** Undefined if a flag is invalid, which is reported. `--from` is read elsewhere. */
export function readCopyFlags(
  instruction: CopyInstruction | AddInstruction,
  stage: StageDraft,
  plan: PlanContext,
): CopyFlags | undefined {
  const expander = expanderOf(stage, plan)
  const expanded = instruction.flags.map((flag) => {
    const isLiteral = flag.value === undefined || !EXPANDED.includes(flag.name)
    const value = isLiteral ? flag.value : expandText(flag.value ?? '', flag.range, expander)
    return isLiteral || value !== undefined ? { ...flag, ...(value !== undefined && { value }) } : undefined
  })
  const flags = expanded.filter((flag) => flag !== undefined)
  if (flags.length < expanded.length || !isModeGood({ flags }, plan) || !isOwnerGood({ flags }, stage, plan))
    return undefined
  const mode = findFlag({ flags }, 'chmod')?.value || undefined
  return {
    owner: findFlag({ flags }, 'chown')?.value || undefined,
    mode,
    // SPEC: BuildKit copies without linking if the mode is changed.
    link: (findSwitch({ flags }, 'link') ?? false) && mode === undefined,
    parents: findSwitch({ flags }, 'parents') ?? false,
    exclude: listFlags({ flags }, 'exclude').map(({ value }) => value),
    checksum: nonEmpty(findFlag({ flags }, 'checksum')),
    keepGitDirectory: findSwitch({ flags }, 'keep-git-dir'),
    unpack: findSwitch({ flags }, 'unpack'),
  }
}

/** SPEC: as in BuildKit, a checksum that expands to nothing is ignored. */
function nonEmpty<Given extends { readonly value: string }>(flag: Given | undefined): Given | undefined {
  return flag?.value === '' ? undefined : flag
}

/** SPEC: as in BuildKit, checked even if `--chmod` disables linking. */
function isOwnerGood(
  instruction: Pick<CopyInstruction, 'flags'>,
  stage: StageDraft,
  { problems }: PlanContext,
): boolean {
  const flag = findFlag(instruction, 'chown')
  const isLinked = findSwitch(instruction, 'link') ?? false
  if (!flag || !hasUserNames(flag.value) || !(isLinked || stage.node === undefined)) return true
  const where = isLinked ? 'with --link' : 'in an empty stage'
  const message = `Cannot use --chown=${flag.value} ${where}: there is no /etc/passwd to look up names in (use numbers such as 1000:1000)`
  problems.error({ code: 'PLAN_FLAG_VALUE', range: flag.range, message })
  return false
}

function isModeGood(instruction: Pick<CopyInstruction, 'flags'>, { problems }: PlanContext): boolean {
  const flag = findFlag(instruction, 'chmod')
  if (!flag || flag.value === '' || isCopyMode(flag.value)) return true
  const message = `Cannot change mode to "${flag.value}": not a mode (expected an octal number up to 07777, or symbolic such as u=rwX,go=rX)`
  problems.error({ code: 'PLAN_FLAG_VALUE', range: flag.range, message })
  return false
}
