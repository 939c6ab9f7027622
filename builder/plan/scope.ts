import { formatPlatform } from '../../image-spec/index.ts'
import type { Word } from '../../parser/index.ts'
import { type Expander, expandText } from './expand-text.ts'
import type { PlanRequest } from './graph/build-plan.ts'
import type { Problems } from './problems.ts'

/** Values of variables by name. */
export type Variables = ReadonlyMap<string, string>

/** Variables of a stage at the current instruction. */
export interface StageScope {
  /** ENV and ARG together, the later one wins: used for expansion and for RUN. In order of definition. */
  readonly variables: Map<string, string>
  /** The same as `NAME=value`, by name: computed once per variable rather than once per RUN. */
  readonly environment: Map<string, string>
  /** Every ARG declaration in this stage and the stages it is built on, in order, with its value at that time. */
  readonly declared: (readonly [name: string, value: string])[]
}

/** Read by the builder itself and never passed to a RUN, even if declared by ARG. SPEC: BuildKit nonEnvArgs */
const NOT_IN_ENVIRONMENT = new Set(['BUILDKIT_SBOM_SCAN_CONTEXT', 'BUILDKIT_SBOM_SCAN_STAGE'])

const PROXY_NAMES = ['http_proxy', 'https_proxy', 'ftp_proxy', 'no_proxy', 'all_proxy']

/** The only argument that may name a time to look up. SPEC: BuildKit dockerfile2llb epoch.go */
export const EPOCH = 'SOURCE_DATE_EPOCH'

/** Variables for FROM: platform arguments and ARGs before the first FROM. A stage imports them with `ARG name`. */
export function readGlobalScope(request: PlanRequest, problems: Problems): Variables {
  const variables = readWrittenGlobals(request, problems)
  const { sourceDateEpoch } = request
  if (sourceDateEpoch === undefined) variables.delete(EPOCH)
  else if (variables.has(EPOCH)) variables.set(EPOCH, String(sourceDateEpoch))
  return variables
}

/** The same with the text of SOURCE_DATE_EPOCH instead of the resolved time. */
export function readWrittenGlobals(request: PlanRequest, problems: Problems): Map<string, string> {
  const { dockerfile, buildArgs } = request
  const variables = new Map(platformArguments(request))
  for (const { args } of dockerfile.globalArgs) {
    for (const { name, default: written } of args) {
      const buildArg = ownValue(buildArgs, name.text)
      const expander = { variables, escape: dockerfile.escape, problems }
      const value = buildArg ?? (written && expandText(written.text, written.range, expander))
      if (value !== undefined) variables.set(name.text, value)
    }
  }
  return variables
}

/** SPEC: as in BuildKit, arguments declared by the parent stage count as declared here. */
export function createStageScope(parent?: StageScope): StageScope {
  return { variables: new Map(), environment: new Map(), declared: [...(parent?.declared ?? [])] }
}

/** Sets a variable and moves it to the end: programs that print their environment show this order. */
export function setVariable(scope: StageScope, name: string, value: string): void {
  scope.variables.delete(name)
  scope.variables.set(name, value)
  scope.environment.delete(name)
  scope.environment.set(name, `${name}=${value}`)
}

export interface Declaration {
  readonly name: string
  readonly written: Word | undefined
}

/**
 * Declares an argument: `--build-arg`, else its default, else the global value; without any, nothing changes.
 * SPEC: an unused default is not expanded and may be invalid. Returns the text for the history.
 */
export function declareArgument(
  { name, written }: Declaration,
  scope: StageScope,
  from: { readonly buildArgs: PlanRequest['buildArgs']; readonly globals: Variables; readonly expander: Expander },
): string {
  const value =
    ownValue(from.buildArgs, name) ??
    (written ? expandText(written.text, written.range, from.expander) : from.globals.get(name))
  if (value !== undefined && !NOT_IN_ENVIRONMENT.has(name)) setVariable(scope, name, value)
  scope.declared.push([name, value ?? ''])
  return value === undefined ? name : `${name}=${value}`
}

/** Values of declared arguments as a RUN sees them: a later ENV with the same name wins. */
export function argumentsOfRun(scope: StageScope): readonly (readonly [name: string, value: string])[] {
  return scope.declared.map(([name, value]) => [name, scope.variables.get(name) ?? value])
}

export function isProxyArgument(name: string): boolean {
  return PROXY_NAMES.includes(name.toLowerCase())
}

/**
 * Proxy arguments given with `--build-arg`, as environment: passed to every RUN in upper and lower case, in no digest
 * or history.
 */
export function proxyEnvironment(buildArgs: PlanRequest['buildArgs']): readonly string[] {
  const buildArg = Object.entries(buildArgs).map(([name, value]) => [name.toLowerCase(), value] as const)
  const proxies = new Map(buildArg.filter(([name]) => isProxyArgument(name)))
  return [...proxies].flatMap(([name, value]) => [`${name.toUpperCase()}=${value}`, `${name}=${value}`])
}

/** SECURITY: names come from a file; a plain lookup would find `constructor`. */
function ownValue(values: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined
}

/** `TARGETPLATFORM` and the other platform arguments; `--build-arg` overrides them. */
export function platformArguments(request: PlanRequest): readonly (readonly [string, string])[] {
  const { target, dockerfile, buildArgs, buildPlatform, targetPlatform } = request
  const names: readonly (readonly [string, string])[] = [
    ['BUILDPLATFORM', formatPlatform(buildPlatform)],
    ['BUILDOS', buildPlatform.os],
    ['BUILDOSVERSION', buildPlatform['os.version'] ?? ''],
    ['BUILDARCH', buildPlatform.architecture],
    ['BUILDVARIANT', buildPlatform.variant ?? ''],
    ['TARGETPLATFORM', formatPlatform(targetPlatform)],
    ['TARGETOS', targetPlatform.os],
    ['TARGETOSVERSION', targetPlatform['os.version'] ?? ''],
    ['TARGETARCH', targetPlatform.architecture],
    ['TARGETVARIANT', targetPlatform.variant ?? ''],
    ['TARGETSTAGE', target || dockerfile.stages.at(-1)?.name || 'default'],
  ]
  return names.map(([name, value]) => [name, ownValue(buildArgs, name) ?? value])
}
