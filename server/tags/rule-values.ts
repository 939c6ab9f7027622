import type { Build } from '../api/index.ts'
import { type Expressed, expandExpressions } from './expressions.ts'
import { formatTime } from './format-time.ts'
import { parsePythonVersion, parseSemanticVersion, type SemanticVersion } from './semantic-version.ts'
import { badRule, type TagRule } from './tag-rule.ts'

export interface RuleContext extends Expressed {
  readonly trigger: Build['trigger']
}

/** The value of a rule for a build; undefined if it does not apply. `isLatest`: `latest=auto` adds `latest`. */
export type Value = { readonly value: string; readonly isLatest: boolean } | undefined

type Rules = { readonly [Type in TagRule['type']]: (rule: TagRule, context: RuleContext) => Value }

const rules: Rules = {
  raw: ({ attributes }, context) => plain(expandExpressions(attributes['value'] ?? '', context)),
  sha: ({ attributes }, { commit }) => plain(attributes['format'] === 'long' ? commit : commit.slice(0, 7)),
  edge: ({ attributes }, context) => {
    const branch = attributes['branch'] || context.defaultBranch
    return branch !== undefined && context.ref === `refs/heads/${branch}` ? plain('edge') : undefined
  },
  schedule: ({ attributes }, context) => {
    if (context.trigger.kind !== 'schedule') return undefined
    const { pattern = 'nightly', timezone = 'UTC' } = attributes
    // A pattern may consist of a format only.
    const isFormat = attributes['timezone'] !== undefined && !pattern.includes('{{')
    return plain(isFormat ? formatTime(new Date(), pattern, timezone) : expandExpressions(pattern, context))
  },
  ref: ({ attributes }, context) => {
    const { pullRequest } = context.trigger
    if (attributes['event'] === 'pr') return pullRequest === undefined ? undefined : plain(String(pullRequest))
    if (attributes['event'] === 'tag') return latest(nameOf(context.ref, 'tags'))
    return pullRequest === undefined ? plain(nameOf(context.ref, 'heads')) : undefined
  },
  match: (rule, context) => {
    const found = compile(rule, rule.attributes['pattern'] ?? '').exec(subject(rule, context) ?? '')
    return latest(found?.[Number(rule.attributes['group'] ?? 0)])
  },
  semver: (rule, context) => versioned(rule, context, parseSemanticVersion),
  pep440: (rule, context) => versioned(rule, context, parsePythonVersion),
}

export function valueOfRule(rule: TagRule, context: RuleContext): Value {
  return rules[rule.type](rule, context)
}

/** `/body/flags`, or only a body. */
export function compile({ text }: Pick<TagRule, 'text'>, pattern: string): RegExp {
  const [, body = pattern, flags = ''] = /^\/(.+)\/([a-z]*)$/.exec(pattern) ?? []
  try {
    return new RegExp(body, flags.replace('g', ''))
  } catch {
    throw badRule(text, `"${pattern}" is not a regular expression`)
  }
}

function plain(value: string | undefined): Value {
  return value === undefined ? undefined : { value, isLatest: false }
}

function latest(value: string | undefined): Value {
  return value === undefined ? undefined : { value, isLatest: true }
}

function nameOf(ref: string, kind: 'heads' | 'tags'): string | undefined {
  const start = `refs/${kind}/`
  return ref.startsWith(start) ? ref.slice(start.length) : undefined
}

function subject({ attributes }: TagRule, context: RuleContext): string | undefined {
  const { value } = attributes
  return value ? expandExpressions(value, context) : nameOf(context.ref, 'tags')
}

/** With `match`, parses its first group: `match=app-(.*)` for tags such as `app-v1.2.3`. */
function versioned(rule: TagRule, context: RuleContext, parse: (text: string) => SemanticVersion | undefined): Value {
  const whole = subject(rule, context)
  const { match, pattern = '{{version}}' } = rule.attributes
  const found = match === undefined || whole === undefined ? undefined : compile(rule, match).exec(whole)
  const text = found?.[1] ?? found?.[0] ?? whole?.replaceAll('/', '-')
  const version = text === undefined ? undefined : parse(text)
  if (version === undefined || text === undefined) return undefined
  const used = !version.isPartial || /^\{\{\s*raw\s*\}\}$/.test(pattern) ? pattern : '{{version}}'
  return { value: expandVersion(used, version, text), isLatest: !version.isPartial }
}

function expandVersion(pattern: string, version: SemanticVersion, raw: string): string {
  const { version: whole, major, minor, patch } = version
  const words: Readonly<Record<string, string | number>> = { raw, version: whole, major, minor, patch }
  return pattern.replace(/\{\{\s*(raw|version|major|minor|patch)\s*\}\}/g, (_, name: string) => String(words[name]))
}
