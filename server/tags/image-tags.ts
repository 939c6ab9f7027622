import type { Build, ProjectSettings } from '../api/index.ts'
import { type Flavor, parseFlavor } from './flavor.ts'
import { formatTime } from './format-time.ts'
import { parsePythonVersion, parseSemanticVersion, type SemanticVersion } from './semantic-version.ts'
import { badRule, parseTagRule, type TagRule } from './tag-rule.ts'

export interface TagContext {
  readonly settings: Pick<ProjectSettings, 'tags' | 'flavor'>
  readonly build: { readonly ref: string; readonly trigger: Build['trigger'] }
  readonly checkout: { readonly commit: string; readonly ref: string; readonly committedAt: string }
}

interface Tagged {
  readonly tag: string
  readonly priority: number
  /** Whether `latest` comes along in `latest=auto`. */
  readonly isLatest: boolean
}

/** Higher first, as docker/metadata-action has it: the first tag is the image's version. */
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
  const place = { ref: build.ref === 'HEAD' ? checkout.ref : build.ref, checkout, trigger: build.trigger }
  const found = settings.tags.flatMap((text) => tagsOf(text, place, flavor)).sort((a, b) => b.priority - a.priority)
  const hasLatest = flavor.latest === 'true' || (flavor.latest === 'auto' && found.some(({ isLatest }) => isLatest))
  const latest = `${flavor.prefixLatest ? flavor.prefix : ''}latest${flavor.suffixLatest ? flavor.suffix : ''}`
  const tags = [...found.map(({ tag }) => tag), ...(hasLatest ? [latest] : [])]
  return tags.length > 0 ? [...new Set(tags)] : [`sha-${checkout.commit.slice(0, 7)}`]
}

/** Refuses rules that can't be used, before a project is saved with them. */
export function checkTagRules({ tags, flavor }: Pick<ProjectSettings, 'tags' | 'flavor'>): void {
  parseFlavor(flavor)
  for (const text of tags) {
    const { type, attributes } = parseTagRule(text)
    if (type === 'match') compile(text, attributes['pattern'] ?? '')
    if (type === 'ref' && !['branch', 'tag', 'pr'].includes(attributes['event'] ?? '')) {
      throw badRule(text, 'event is not branch, tag or pr')
    }
    if (type === 'raw' && !attributes['value']) throw badRule(text, 'it has no value')
    if ((type === 'semver' || type === 'pep440') && !attributes['pattern']) throw badRule(text, 'it has no pattern')
  }
}

interface RequestedRef {
  readonly ref: string
  readonly trigger: Build['trigger']
  readonly checkout: TagContext['checkout']
}

function tagsOf(text: string, place: RequestedRef, flavor: Flavor): readonly Tagged[] {
  const rule = parseTagRule(text)
  const { attributes, type } = rule
  const expand = (value: string): string => expandExpressions(value, place)
  if (!['true', ''].includes(expand(attributes['enable'] ?? 'true'))) return []
  const found = valueOfRule(text, rule, place)
  if (found === undefined) return []
  const prefix = expand(
    attributes['prefix'] ??
      (type === 'sha' ? 'sha-' : type === 'ref' && attributes['event'] === 'pr' ? 'pr-' : flavor.prefix),
  )
  const suffix = expand(attributes['suffix'] ?? flavor.suffix)
  const tag = cleanTag(`${prefix}${expand(found.value)}${suffix}`)
  const priority = Number(attributes['priority'] ?? PRIORITIES[type])
  return tag === '' ? [] : [{ tag, priority, isLatest: found.isLatest }]
}

type Value = { readonly value: string; readonly isLatest: boolean } | undefined

function valueOfRule(text: string, { type, attributes }: TagRule, place: RequestedRef): Value {
  const { ref, checkout, trigger } = place
  const tag = ref.startsWith('refs/tags/') ? ref.slice('refs/tags/'.length) : undefined
  const branch = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : undefined
  const plain = (value: string | undefined): Value => (value === undefined ? undefined : { value, isLatest: false })
  switch (type) {
    case 'raw':
      return plain(attributes['value'])
    case 'sha':
      return plain(attributes['format'] === 'long' ? checkout.commit : checkout.commit.slice(0, 7))
    case 'edge':
      return branch === (attributes['branch'] ?? 'main') ? plain('edge') : undefined
    case 'schedule':
      if (trigger.kind !== 'schedule') return undefined
      return plain(formatTime(new Date(), attributes['pattern'] ?? 'nightly', attributes['timezone'] ?? 'UTC'))
    case 'ref':
      if (attributes['event'] === 'tag') return tag === undefined ? undefined : { value: tag, isLatest: true }
      if (attributes['event'] === 'pr')
        return plain(trigger.pullRequest === undefined ? undefined : String(trigger.pullRequest))
      return plain(trigger.pullRequest === undefined ? branch : undefined)
    case 'match':
      return matched(text, attributes, attributes['value'] ?? tag)
    default:
      return versioned(type, attributes, attributes['value'] ?? tag)
  }
}

function matched(text: string, attributes: TagRule['attributes'], value: string | undefined): Value {
  const match = value === undefined ? null : compile(text, attributes['pattern'] ?? '').exec(value)
  const group = match?.[Number(attributes['group'] ?? 0)]
  return group === undefined ? undefined : { value: group, isLatest: true }
}

function compile(text: string, pattern: string): RegExp {
  const [, body = pattern, flags = ''] = /^\/(.*)\/([gimsuy]*)$/.exec(pattern) ?? []
  try {
    return new RegExp(body, flags.replace('g', ''))
  } catch {
    throw badRule(text, `"${pattern}" is not a regular expression`)
  }
}

function versioned(type: 'semver' | 'pep440', attributes: TagRule['attributes'], text: string | undefined): Value {
  const shortened =
    attributes['match'] === undefined || text === undefined ? text : new RegExp(attributes['match']).exec(text)?.[0]
  const parse = type === 'semver' ? parseSemanticVersion : parsePythonVersion
  const version = shortened === undefined ? undefined : parse(shortened)
  if (version === undefined) return undefined
  const pattern = attributes['pattern'] ?? '{{version}}'
  // A prerelease moves no shorter tag: only its full version.
  const used = version.prerelease === undefined || pattern === '{{raw}}' ? pattern : '{{version}}'
  return { value: expandVersion(used, version, text ?? ''), isLatest: version.prerelease === undefined }
}

function expandVersion(pattern: string, version: SemanticVersion, raw: string): string {
  const { major, minor, patch } = version
  const words: Readonly<Record<string, string>> = {
    raw,
    version: version.version,
    major: String(major),
    minor: String(minor),
    patch: String(patch),
  }
  return pattern.replace(/\{\{\s*(raw|version|major|minor|patch)\s*\}\}/g, (_, name: string) => words[name] ?? '')
}

/** `{{branch}}`, `{{tag}}`, `{{sha}}`, `{{date 'YYYYMMDD'}}`, `{{commit_date …}}`, `{{is_default_branch}}` is left to branch names. */
function expandExpressions(text: string, { ref, checkout, trigger }: RequestedRef): string {
  return text.replace(
    /\{\{\s*(\w+)(?:\s+'([^']*)')?(?:\s+tz='([^']*)')?\s*\}\}/g,
    (whole, name: string, format, zone) => {
      if (name === 'branch') return ref.startsWith('refs/heads/') ? ref.slice(11) : ''
      if (name === 'tag') return ref.startsWith('refs/tags/') ? ref.slice(10) : ''
      if (name === 'sha') return checkout.commit.slice(0, 7)
      if (name === 'base_ref') return trigger.pullRequest === undefined ? '' : ref
      if (name === 'is_default_branch') return String(/^refs\/heads\/(main|master)$/.test(ref))
      if (name === 'date') return formatTime(new Date(), format ?? 'YYYYMMDD', zone ?? 'UTC')
      if (name === 'commit_date') return formatTime(new Date(checkout.committedAt), format ?? 'YYYYMMDD', zone ?? 'UTC')
      return whole
    },
  )
}

/** SPEC: distribution-spec, tags: `[A-Za-z0-9_][A-Za-z0-9._-]{0,127}`. */
function cleanTag(text: string): string {
  return text
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^[^A-Za-z0-9_]+/, '')
    .slice(0, 128)
}
