import type { Build, ProjectSettings } from '../api/index.ts'
import { expandExpressions, expressionMistake } from './expressions.ts'
import { parseFlavor } from './flavor.ts'
import { compile, type RuleContext, valueOfRule } from './rule-values.ts'
import { badRule, parseTagRule, ruleMistake, type TagRule } from './tag-rule.ts'

type TagSettings = Pick<ProjectSettings, 'tags' | 'flavor'>

export interface TagContext {
  readonly settings: TagSettings
  readonly build: { readonly ref: string; readonly trigger: Build['trigger'] }
  readonly checkout: {
    readonly commit: string
    readonly ref: string
    readonly committedAt: string
    readonly defaultBranch?: string | undefined
  }
}

/** Higher first, as in docker/metadata-action: the first tag is the image's version. */
const PRIORITIES: Readonly<Record<TagRule['type'], number>> = {
  schedule: 1000,
  semver: 900,
  pep440: 900,
  match: 800,
  edge: 700,
  ref: 600,
  raw: 200,
  sha: 100,
}

/** SPEC: README of docker/metadata-action, `tags` and `flavor`. */
export function imageTags({ settings, build, checkout }: TagContext): readonly string[] {
  const flavor = parseFlavor(settings.flavor)
  const context = {
    ...checkout,
    ref: build.ref === 'HEAD' ? checkout.ref : build.ref,
    trigger: build.trigger,
    base: build.trigger.base,
    defaultBranch: checkout.defaultBranch,
  }
  const found = settings.tags
    .map(parseTagRule)
    .sort((a, b) => priorityOf(b) - priorityOf(a))
    .flatMap((rule) => tagOf(rule, context, flavor))
  const [first] = found
  if (first === undefined) return [`sha-${checkout.commit.slice(0, 7)}`]
  // The version decides: a nightly build, or a raw tag with a higher priority, does not move `latest`, even on a tag.
  const hasLatest = flavor.latest === 'true' || (flavor.latest === 'auto' && first.isLatest)
  const { prefixLatest, suffixLatest } = flavor
  const latest = `${prefixLatest ? flavor.prefix : ''}latest${suffixLatest ? flavor.suffix : ''}`
  const tags = [...found.map(({ tag }) => tag), ...(hasLatest ? [cleanTag(expandExpressions(latest, context))] : [])]
  return [...new Set(tags)]
}

/** Refuses invalid rules before a project is saved with them. */
export function checkTagRules({ tags, flavor }: TagSettings): void {
  for (const line of flavor) {
    const mistake = expressionMistake(line)
    if (mistake !== undefined) throw badRule(line, mistake)
  }
  parseFlavor(flavor)
  for (const text of tags) {
    const rule = parseTagRule(text)
    const mistake = ruleMistake(rule)
    if (mistake !== undefined) throw badRule(text, mistake)
    const { match, pattern } = rule.attributes
    for (const one of [match, rule.type === 'match' ? pattern : undefined]) if (one !== undefined) compile(rule, one)
  }
}

/** Whether the tags depend on the default branch, which requires a query to the remote. */
export function needsDefaultBranch({ tags, flavor }: TagSettings): boolean {
  const isEdge = (text: string): boolean => /type=edge/i.test(text) && !/branch=/i.test(text)
  return [...tags, ...flavor].some((text) => text.includes('is_default_branch') || isEdge(text))
}

function priorityOf({ type, attributes }: TagRule): number {
  return Number(attributes['priority'] ?? PRIORITIES[type])
}

interface Tagged {
  readonly tag: string
  readonly isLatest: boolean
}

function tagOf(
  rule: TagRule,
  context: RuleContext,
  flavor: { readonly prefix: string; readonly suffix: string },
): readonly Tagged[] {
  const { attributes, type, text } = rule
  const expand = (value: string): string => expandExpressions(value, context)
  const enabled = expand(attributes['enable'] ?? 'true')
  if (!['true', 'false'].includes(enabled)) throw badRule(text, `enable is "${enabled}", not true or false`)
  const found = enabled === 'true' ? valueOfRule(rule, context) : undefined
  if (found === undefined) return []
  const isPullRequest = type === 'ref' && attributes['event'] === 'pr'
  const prefix = attributes['prefix'] ?? (type === 'sha' ? 'sha-' : isPullRequest ? 'pr-' : flavor.prefix)
  const tag = cleanTag(`${expand(prefix)}${found.value}${expand(attributes['suffix'] ?? flavor.suffix)}`)
  return tag === '' ? [] : [{ tag, isLatest: found.isLatest }]
}

/** SPEC: distribution-spec, tags: `[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`. */
function cleanTag(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9_]+/, '')
    .slice(0, 128)
}
