import {
  type ExecRequest,
  type ProcessSpec,
  type RunOutcome,
  SandboxError,
  type SandboxIo,
} from '../../sandbox-native/driver/index.ts'
import type { ExecSpec } from '../contract/container.ts'
import type { ContainerContext } from '../contract/context.ts'
import { ContainerError } from '../contract/errors.ts'
import { notRunning } from '../control/stop-container.ts'
import { environmentOf, withCallersValues } from '../settings/environment.ts'
import { refusePtraceAsUser, seesHostProcesses } from '../settings/joined-namespaces.ts'
import { processSpec } from '../settings/process-spec.ts'
import { filesOf } from '../state/container-files.ts'
import { emitEvent, emitExecEvents, eventLogOf } from '../state/emit-event.ts'
import { readState } from '../state/state-file.ts'
import type { StoredContainer } from '../state/stored-container.ts'
import { parseDetachKeys } from './detach-keys.ts'

/** Resolves when the command has exited. */
export async function execContainer(
  context: ContainerContext,
  stored: StoredContainer,
  run: { readonly spec: ExecSpec; readonly io: SandboxIo; readonly signal?: AbortSignal | undefined },
): Promise<RunOutcome> {
  const ready = execRequest(context, stored, run.spec)
  const execID = emitExecEvents(context, stored, run.spec.argv)
  const request = { ...ready, ...(run.spec.terminal === true ? endEvent(context, stored, execID) : {}) }
  const outcome = await context.native.supervisors.exec(request, run.io, run.signal).catch(cannotStart)
  if (outcome.isDetached === true) emitEvent(context, stored, { action: 'exec_detach', details: { execID } })
  else emitEvent(context, stored, { action: 'exec_die', details: { execID, exitCode: String(outcome.exitCode) } })
  return outcome
}

/** Resolves once the command runs. */
export async function execDetached(context: ContainerContext, stored: StoredContainer, spec: ExecSpec): Promise<void> {
  const request = execRequest(context, stored, spec)
  const execID = emitExecEvents(context, stored, spec.argv)
  await context.native.supervisors.execDetached({ ...request, ...endEvent(context, stored, execID) }).catch(cannotStart)
}

/** If the caller exits, the process that watches the command reports its end. */
function endEvent(context: ContainerContext, stored: StoredContainer, execID: string): Pick<ExecRequest, 'endEvent'> {
  return { endEvent: { log: eventLogOf(context.root, stored), execID } }
}

/** A user or directory missing from the container: docker's exit code 126, command cannot be invoked. */
function cannotStart(cause: unknown): never {
  if (!(cause instanceof SandboxError) || !['SANDBOX_USER', 'SANDBOX_COMMAND'].includes(cause.code)) throw cause
  const hint = cause.hint === undefined ? {} : { hint: cause.hint }
  throw new ContainerError('CONTAINER_START_FAILED', cause.message, { exitCode: 126, cause, ...hint })
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
  if (spec.privileged === true && !isRoot && seesHostProcesses(context.root, stored)) throw refusePtraceAsUser(stored)
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
