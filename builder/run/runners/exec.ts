import { StringDecoder } from 'node:string_decoder'
import { type Chain, settleAll } from '../../../layer-store/index.ts'
import { splitEntry } from '../../../notation/index.ts'
import {
  cgroupLimits,
  chooseUserRange,
  type RunOutcome,
  type RunRequest,
  requireUserNamespaces,
  SandboxError,
  type TakeOutput,
} from '../../../sandbox-native/driver/index.ts'
import { operationDigest } from '../../plan/graph/digest.ts'
import type { ExecOperation, Operation } from '../../plan/graph/operation.ts'
import type { StepLimits } from '../../request/builder.ts'
import { BuildError } from '../../request/errors.ts'
import { MissingFile } from '../../request/missing-file.ts'
import { cacheKeyOf } from '../../solve/cache-key.ts'
import type { ContentKey, Outcome, Runner, RunResult, Solvable } from '../../solve/runner.ts'
import { createdLayer, recallLayer } from './added-layer.ts'
import { openMounts } from './command/exec-mounts.ts'
import { TRUST_PATH } from './command/host-trust.ts'
import { isFull } from './command/is-full.ts'
import { openStepRoot } from './command/open-step-root.ts'
import { readByMount } from './command/read-by-mount.ts'
import { openDevices } from './command/step-devices.ts'
import type { NetworkLease } from './command/step-network.ts'
import type { StepRoot } from './command/step-root.ts'
import { definitionKeyOf } from './definition-key.ts'
import { selectionDigest } from './sources/selected-files.ts'
import { unlessChanged } from './sources/unless-changed.ts'
import type { StepContext } from './step-context.ts'
import { chainOf, type StepValue } from './step-value.ts'

/** RUN: a command in a sandbox; the layer is the content of the overlay's upper directory after it. */
export const execRunner: Runner<Operation, StepValue, StepContext> = {
  isStep: true,
  definitionKey: definitionKeyOf,
  readContent,
  recall: recallLayer,
  run: async (node, inputs, context) => unlessChanged(node, await run(node, inputs, context), context),
}

/** The hostname in steps, the same as BuildKit's so that equal steps write equal files. */
const HOSTNAME = 'buildkitsandbox'

/** Bind mounts and inputs without an identity are read as files; others count by identity. */
async function readContent(
  node: Solvable<Operation>,
  inputs: readonly Outcome<StepValue>[],
  context: StepContext,
): Promise<ContentKey | undefined> {
  const digests = new Map<number, Promise<string>[]>()
  for (const mount of execOperation(node).mounts) {
    const { input, selection } = readByMount(mount) ?? {}
    if (input === undefined || selection === undefined) continue
    if (mount.type !== 'bind' && inputs[input]?.identity !== undefined) continue
    const digest = selectionDigest({ node, inputs, context }, input, selection).catch(mountPurpose)
    digests.set(input, [...(digests.get(input) ?? []), digest])
  }
  if (digests.size === 0) return undefined
  const reads = await settleAll(inputs.map((_, position) => settleAll(digests.get(position) ?? [])))
  return (identities) => {
    const ingredients = reads.map((read, position) =>
      position === 0 || read.length === 0 ? identities[position] : read.join(','),
    )
    if (ingredients.some((ingredient) => ingredient === undefined)) return undefined
    return cacheKeyOf('content', [operationDigest(node.operation), ...ingredients.map(String)])
  }
}

/** Copies and mounts share one read of a context, whose error names a copy. */
function mountPurpose(error: unknown): never {
  throw error instanceof MissingFile ? new MissingFile(error.item, 'mount') : error
}

/** The network is requested first, so that it connects while the trees are prepared. */
async function run(
  node: Solvable<Operation>,
  inputs: readonly Outcome<StepValue>[],
  context: StepContext,
): Promise<RunResult<StepValue>> {
  const operation = execOperation(node)
  refuseWithoutIsolation(context.native)
  const network = context.options.network.lease(operation.network, context.report.warn)
  try {
    return await makeLayer(operation, { inputs, network }, context)
  } finally {
    await network.release()
  }
}

function refuseWithoutIsolation({ isolation, refusal }: StepContext['native']): void {
  if (isolation !== 'none') return
  throw new SandboxError('SANDBOX_USER_NAMESPACE', `Cannot run a step in this container: ${refusal}`, {
    hint: refusal?.includes('is mounted with')
      ? 'Put the store on a volume that allows programs and devices (TSBUILD_ROOT)'
      : "Run the job's container as root with its default capabilities, or see docs/rootless.md for what it must allow",
  })
}

async function makeLayer(
  operation: ExecOperation,
  given: Pick<PreparedStep, 'inputs' | 'network'>,
  context: StepContext,
): Promise<RunResult<StepValue>> {
  const { inputs } = given
  const chain = await chainOf(inputs[0])
  const root = await openStepRoot(chain, context)
  try {
    await runCommand(operation, { ...given, root }, context)
    const layer = await root.commit()
    if (layer && context.isKept) digestAhead([...chain, layer.id], context)
    return createdLayer(inputs, chain, { layer: layer?.id, description: context.name })
  } catch (error) {
    await root.abandon()
    throw error
  }
}

/**
 * Computes the diff ID while the next steps run; callers that need it wait for it and get its failure. It is stopped at
 * the end of the build.
 */
function digestAhead(chain: Chain, { store, signal, defer }: StepContext): void {
  const stop = new AbortController()
  const ended = store.layers.diffIds(chain, AbortSignal.any([signal, stop.signal])).catch(() => {})
  defer(async () => {
    stop.abort()
    await ended
  })
}

interface PreparedStep {
  readonly inputs: readonly Outcome<StepValue>[]
  readonly root: StepRoot
  readonly network: NetworkLease
}

async function runCommand(operation: ExecOperation, step: PreparedStep, context: StepContext): Promise<void> {
  const { report } = context
  const devices = openDevices(operation, context)
  const opened = await openMounts(operation, step.inputs, context)
  try {
    const request = await runRequest(operation, { ...step, opened, devices }, context)
    const streams = { output: logTo(report), onWarning: report.warn }
    const outcome = await step.root.run(request, streams).catch((error: unknown) => {
      throw withHint(error, operation)
    })
    report.usage(outcome.usage)
    if (outcome.exitCode !== 0) throw commandFailed(operation, outcome, await isFull(context.store.root))
  } finally {
    await opened.close()
  }
}

interface OpenedStep extends PreparedStep {
  readonly opened: Awaited<ReturnType<typeof openMounts>>
  readonly devices: ReturnType<typeof openDevices>
}

async function runRequest(
  operation: ExecOperation,
  { root, network, opened, devices }: OpenedStep,
  context: StepContext,
): Promise<Omit<RunRequest, 'rootfs'>> {
  const { limits, extraHosts, proxyEnvironment: proxies } = context.options
  const trust = context.options.trust()
  const bundles = { kind: 'joined-files', target: TRUST_PATH, sources: trust.bundles, mode: 0o444 } as const
  return {
    mounts: [...opened.mounts, ...(trust.bundles.length === 0 ? [] : [bundles]), ...devices.mounts],
    process: {
      argv: operation.argv,
      env: stepEnvironment(operation.env, { ...opened, trust: trust.env, proxies, devices: devices.env }),
      cwd: operation.cwd,
      user: operation.user,
      groups: devices.groups,
      ownsNewCwd: true,
      ...(limits.rlimits && { rlimits: limits.rlimits }),
    },
    ...(limits.shmSizeBytes !== undefined && { shmSizeBytes: limits.shmSizeBytes }),
    ...cgroupOf(root.name, limits),
    devices: devices.devices,
    hostname: operation.hostname ?? HOSTNAME,
    // SPEC: in BuildKit the command is PID 1, which ignores signals that it does not handle.
    init: false,
    ...(await network.opened()),
    extraHosts: extraHosts.map(([host, address]) => [address, host] as const),
    security: operation.security === 'insecure' ? 'insecure' : 'default',
    ...usersOf(context),
  }
}

function usersOf({ options: { limits }, native }: StepContext): Pick<RunRequest, 'users'> {
  if (limits.userns === undefined || limits.userns === 'host') return {}
  requireUserNamespaces(limits.userns, native.idMapping)
  return { users: chooseUserRange([]) }
}

/** A cgroup with limits costs time, so it is created only if something is limited. One for devices only is free. */
function cgroupOf(name: string, { cgroupParent, ...limits }: StepLimits): Required<Pick<RunRequest, 'cgroup'>> {
  const { shmSizeBytes, rlimits, userns, ...counted } = limits
  const requested = { ...cgroupLimits(counted), ...(cgroupParent !== undefined && { parent: cgroupParent }) }
  return {
    cgroup: { name: `step-${name}`, ...(Object.keys(requested).length === 0 ? { devicesOnly: true } : requested) },
  }
}

interface Granted {
  readonly agent: Readonly<Record<string, string>>
  readonly trust: Readonly<Record<string, string>>
  readonly proxies: readonly string[]
  readonly secrets: Readonly<Record<string, string>>
  readonly devices: readonly string[]
}

/** SPEC: as in BuildKit, an agent never replaces a variable of the image; proxies, secrets and devices do. */
function stepEnvironment(own: readonly string[], { agent, trust, proxies, secrets, devices }: Granted): string[] {
  const variables = new Map(own.map(splitEntry))
  for (const [name, value] of Object.entries(agent)) if (!variables.has(name)) variables.set(name, value)
  for (const [name, value] of proxies.map(splitEntry)) variables.set(name, value)
  for (const [name, value] of Object.entries(trust)) if (!variables.has(name)) variables.set(name, value)
  for (const [name, value] of Object.entries(secrets)) variables.set(name, value)
  for (const [name, value] of devices.map(splitEntry)) variables.set(name, value)
  return [...variables].map(([name, value]) => `${name}=${value}`)
}

/** Chunks may end within a character. */
function logTo(report: StepContext['report']): TakeOutput {
  const decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') }
  return (stream, chunk) => {
    const text = decoders[stream].write(chunk)
    return text ? report.log(stream, text) : undefined
  }
}

function commandFailed(operation: ExecOperation, outcome: RunOutcome, isDiskFull: boolean): BuildError {
  const how = outcome.oomKilled
    ? `it ran out of memory and was killed (exit code ${outcome.exitCode})`
    : outcome.signal
      ? `it was terminated by ${outcome.signal} (exit code ${outcome.exitCode})`
      : `it ended with exit code ${outcome.exitCode}`
  return new BuildError('BUILD_RUN_FAILED', `Cannot run "${shownCommand(operation.argv)}": ${how}`, {
    exitCode: outcome.exitCode,
    hint: hintFor(outcome) ?? (isDiskFull ? FULL : undefined),
  })
}

/** A heredoc may be long, and the excerpt shows it anyway. */
function shownCommand(argv: readonly string[]): string {
  const letters = [...argv.join(' ').replaceAll('\n', '\\n')]
  return letters.length > MAX_SHOWN_LETTERS ? `${letters.slice(0, MAX_SHOWN_LETTERS).join('')}…` : letters.join('')
}

/** The sandbox knows nothing about Dockerfiles, so the hint is added here. */
function withHint(error: unknown, { argv: [program = '', flag] }: ExecOperation): unknown {
  if (!(error instanceof SandboxError) || error.hint !== undefined) return error
  const isShellMissing = error.code === 'SANDBOX_COMMAND_MISSING' && flag === '-c' && /(^|\/)\w*sh$/.test(program)
  const hint = HINTS[isShellMissing ? 'shell' : error.code]
  return hint === undefined ? error : new SandboxError(error.code, error.message, { hint, cause: error.cause })
}

const HINTS: Readonly<Record<string, string>> = {
  shell: 'Set another shell with SHELL, or run the program itself with RUN ["program", "argument"]',
  SANDBOX_COMMAND_MISSING: 'Check that the image has the program, at this path or in a directory of PATH',
  SANDBOX_COMMAND_REFUSED: 'Check the mode and the format of the file: it must be executable',
  SANDBOX_LIMIT: 'Lower the limit: ulimit -H -a shows the limits of the host, /proc/sys/fs/nr_open that of open files',
  SANDBOX_USER: 'Create it in an earlier RUN, or use a number in USER',
}

const MAX_SHOWN_LETTERS = 300

const FULL = 'Free space on the filesystem of the store, which is full, for example with tsbuild prune'

function hintFor(outcome: RunOutcome): string | undefined {
  if (outcome.exitCode === 127) return 'The command, or the interpreter of the script, is not in the image'
  if (outcome.exitCode === 126) return 'The file exists but cannot be executed: check its mode and format'
  return undefined
}

function execOperation(node: Solvable<Operation>): ExecOperation {
  if (node.operation.kind !== 'exec')
    throw new Error(`a ${node.operation.kind} operation was passed to the exec runner`)
  return node.operation
}
