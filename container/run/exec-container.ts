import { type ExecRequest, type ProcessSpec, type RunOutcome, SandboxError } from '../../sandbox-native/driver/index.ts'
import type { ExecIo, ExecSpec } from '../contract/container.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import { notRunning } from '../control/stop-container.ts'
import { environmentOf, withCallersValues } from '../settings/environment.ts'
import { ptraceRefused, seesHostProcesses } from '../settings/joined-namespaces.ts'
import { processSpec } from '../settings/process-spec.ts'
import { filesOf } from '../state/container-files.ts'
import { emitEvent, emitExecEvents, eventLogOf } from '../state/emit-event.ts'
import { hasExited } from '../state/has-exited.ts'
import { readState } from '../state/state-file.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { parseDetachKeys } from './detach-keys.ts'
import { hintForCommand } from './hint-for-command.ts'

/** Failures that the end of the container does not explain. */
const NOT_OF_CONTAINER = ['SANDBOX_ABORTED', 'SANDBOX_BINARY_MISSING', 'SANDBOX_VERSION']

/** Failures that the container's end may explain, but the command's settings more likely. */
const OF_COMMAND = ['SANDBOX_USER', 'SANDBOX_COMMAND', 'SANDBOX_COMMAND_MISSING', 'SANDBOX_COMMAND_REFUSED']

/** Resolves when the command has exited. */
export async function execContainer(
  context: ContainerContext,
  stored: StoredContainer,
  { spec, signal, ...io }: ExecIo & { readonly spec: ExecSpec },
): Promise<RunOutcome> {
  const ready = execRequest(context, stored, spec)
  const execID = emitExecEvents(context, stored, spec.argv)
  const request = { ...ready, ...(spec.terminal === true ? endEvent(context, stored, execID) : {}) }
  const failed = (cause: unknown) => cannotStart(stored, request, { cause, exitCode: 126 })
  const outcome = await context.native.supervisors.exec(request, io, signal).catch(failed)
  if (outcome.isDetached === true) emitEvent(context, stored, { action: 'exec_detach', details: { execID } })
  else emitEvent(context, stored, { action: 'exec_die', details: { execID, exitCode: String(outcome.exitCode) } })
  return outcome
}

/** Resolves once the command runs. */
export async function execDetached(context: ContainerContext, stored: StoredContainer, spec: ExecSpec): Promise<void> {
  const request = execRequest(context, stored, spec)
  const execID = emitExecEvents(context, stored, spec.argv)
  const failed = (cause: unknown) => cannotStart(stored, request, { cause, exitCode: 1 })
  await context.native.supervisors.execDetached({ ...request, ...endEvent(context, stored, execID) }).catch(failed)
}

/** If the caller exits, the process that watches the command reports its end. */
function endEvent(context: ContainerContext, stored: StoredContainer, execID: string): Pick<ExecRequest, 'endEvent'> {
  return { endEvent: { log: eventLogOf(context.root, stored), execID } }
}

/**
 * The container may have exited concurrently. A user or directory missing from it: docker's exit code 126, command cannot be
 * invoked; 1 if it was to run in the background, also for a missing command.
 */
async function cannotStart(
  stored: StoredContainer,
  { pid, startTicks, process }: Pick<ExecRequest, 'pid' | 'startTicks' | 'process'>,
  { cause, exitCode }: { readonly cause: unknown; readonly exitCode: number },
): Promise<never> {
  if (!(cause instanceof SandboxError) || NOT_OF_CONTAINER.includes(cause.code)) throw cause
  const isOfCommand = OF_COMMAND.includes(cause.code)
  if (await hasExited({ pid, startTicks }, isOfCommand ? 0 : undefined)) throw notRunning(stored, cause)
  if (!isOfCommand) throw cause
  const hint = hintForCommand(cause, { operand: 'container', name: process.argv[0] ?? '' })
  throw new ContainerError('CONTAINER_START_FAILED', cause.message, { exitCode, cause, ...hint })
}

function execRequest(
  context: ContainerContext,
  stored: StoredContainer,
  spec: ExecSpec,
): Omit<ExecRequest, 'detached'> {
  const { state, startTicks, cgroup } = readState(filesOf(context.root, stored.id))
  if (state.pid === 0) throw notRunning(stored)
  if (state.status === 'paused') {
    throw new ContainerError(
      'CONTAINER_BAD_STATE',
      `Cannot run a command in container "${stored.name}": container is paused`,
      { hint: `Unpause it with tsbuild unpause ${stored.name}`, exitCode: 1 },
    )
  }
  const isRoot = context.native.idMapping.kind === 'host'
  if (spec.privileged === true && !isRoot && seesHostProcesses(context.root, stored)) throw ptraceRefused(stored)
  return {
    pid: state.pid,
    startTicks,
    cgroup,
    process: processOf(context, stored, spec),
    ...(spec.terminal === true ? { detachKeys: [...parseDetachKeys(spec.detachKeys)] } : {}),
    ...(stored.privileged || spec.privileged === true ? { security: 'insecure' } : {}),
  }
}

function processOf(context: ContainerContext, stored: StoredContainer, spec: ExecSpec): ProcessSpec {
  const terminal = spec.terminal ?? false
  return processSpec(stored, {
    argv: spec.argv,
    env: environmentOf(stored, { terminal, extra: withCallersValues(spec.env ?? [], context.env) }),
    terminal,
    ...(spec.workingDir !== undefined && { cwd: spec.workingDir }),
    ...(spec.user !== undefined && { user: spec.user }),
  })
}
