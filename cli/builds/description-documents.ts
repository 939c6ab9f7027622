import { type DockerfileDescription, lineRanges } from '../../builder/index.ts'

type Finding = DockerfileDescription['diagnostics'][number]
type Range = Finding['range']

function isCheck({ code }: Finding): boolean {
  return !/^(?:PARSE|PLAN|BUILD)_/.test(code)
}

function isMistake(finding: Finding): boolean {
  return finding.severity === 'error' || finding.code.startsWith('BUILD_')
}

/** Excludes triggers that cannot be parsed, which fail only where they run. */
export function isInDocument(finding: Finding): boolean {
  return isCheck(finding) || isMistake(finding)
}

/** SPEC: buildkit frontend/subrequests/lint: the shape of `--call=check,format=json`. */
export function checkDocument({ diagnostics, source, checks }: DockerfileDescription): unknown {
  const mistake = diagnostics.find((finding) => isMistake(finding) && !isCheck(finding)) ?? lintViolation(diagnostics)
  const warnings = diagnostics.filter(isCheck).map(({ code, message, range, instructionRange = range }) => ({
    ruleName: code,
    ...checks[code],
    detail: message,
    location: locationOf(instructionRange),
  }))
  return {
    warnings: warnings.length === 0 ? null : warnings, // Go writes null for an empty list
    sources: [{ filename: source.name, data: base64(source.text), language: 'Dockerfile' }],
    ...(mistake && { buildError: mistakeText(mistake) }),
  }
}

function mistakeText({ message, range }: { readonly message: string; readonly range?: Range }): object {
  return { message, location: range === undefined ? {} : locationOf(range) }
}

/** `# check=error=true` turns all findings into a single error, which has no location. */
function lintViolation(diagnostics: readonly Finding[]): Pick<Finding, 'message'> | undefined {
  const names = new Set(diagnostics.filter(({ severity }) => severity === 'error').map(({ code }) => code))
  return names.size === 0 ? undefined : { message: `lint violation found for rules: ${[...names].join(', ')}` }
}

/** SPEC: buildkit frontend/subrequests/targets. */
export function targetsDocument({ targets = [], source }: DockerfileDescription): unknown {
  return {
    targets: targets.map(({ name, description, isDefault, base, platform, range }) => ({
      ...(name !== undefined && { name }),
      ...(isDefault && { default: true }),
      ...(description !== undefined && { description }),
      base,
      ...(platform !== undefined && { platform }),
      location: locationOf(range),
    })),
    sources: [base64(source.text)],
  }
}

/** SPEC: buildkit frontend/subrequests/outline. */
export function outlineDocument({ outline, source }: DockerfileDescription): unknown {
  const { name, description, args = [], secrets = [], ssh = [], caches = [] } = outline ?? {}
  return {
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...listed(
      'args',
      args.map(({ range, value, ...arg }) => ({ ...arg, ...(value && { value }), location: locationOf(range) })),
    ),
    ...listed('secrets', secrets.map(withRange)),
    ...listed('ssh', ssh.map(withRange)),
    ...listed(
      'cache',
      caches.map((mount) => ({ ID: mount.name, location: locationOf(mount.range) })),
    ),
    sources: [base64(source.text)],
  }
}

function listed(key: string, rows: readonly object[]): object {
  return rows.length === 0 ? {} : { [key]: rows }
}

function withRange({ name, required, range }: { name: string; required: boolean; range: Range }): object {
  return { name, ...(required && { required }), location: locationOf(range) }
}

function locationOf(range: Range): object {
  return { ranges: lineRanges(range) }
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

/** The response to `--call`, as docker's frontend formats it. SPEC: buildkit frontend/subrequests, `Request`. */
export const REQUESTS = [
  request('outline', 'List all parameters current build target supports', {
    opts: [{ name: 'target', description: 'Target build stage' }],
  }),
  request('targets', 'List all targets current build supports', { opts: [] }),
  request('lint', 'Lint a Dockerfile', { opts: [], more: ['result.statuscode'] }),
  request('subrequests.describe', 'List available subrequest types'),
]

interface RequestDetails {
  readonly opts?: readonly { readonly name: string; readonly description: string }[]
  readonly more?: readonly string[]
}

/** Go writes null for a missing list. */
function request(name: string, description: string, { opts, more = [] }: RequestDetails = {}) {
  const metadata = ['result.json', 'result.txt', ...more].map((file) => ({ name: file, description: '' }))
  const head = { name: `frontend.${name}`, version: '1.0.0', type: 'rpc', description }
  return { ...head, opts: opts ?? null, inputs: null, metadata, refs: null }
}
