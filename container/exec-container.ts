import type { ExecRequest, ProcessSpec, RunOutcome, SandboxIo } from '../sandbox-native/driver/index.ts'
import type { ExecSpec } from './container.ts'
import { filesOf } from './container-files.ts'
import type { ContainerContext } from './context.ts'
import { environmentOf } from './environment.ts'
import { ContainerError } from './errors.ts'
import { readState } from './state-file.ts'
import { requireRunning } from './stop-container.ts'
import type { StoredContainer } from './stored-container.ts'

/** Resolves when the command has ended. */
export function execContainer(
  context: ContainerContext,
  stored: StoredContainer,
  run: { readonly spec: ExecSpec; readonly io: SandboxIo; readonly signal?: AbortSignal | undefined },
): Promise<RunOutcome> {
  return context.native.supervisors.exec(execRequest(context, stored, run.spec), run.io, run.signal)
}

/** Resolves when the command runs. */
export function execDetached(context: ContainerContext, stored: StoredContainer, spec: ExecSpec): Promise<void> {
  return context.native.supervisors.execDetached(execRequest(context, stored, spec))
}

function execRequest(
  context: ContainerContext,
  stored: StoredContainer,
  spec: ExecSpec,
): Omit<ExecRequest, 'verb' | 'detached'> {
  requireRunning(context, stored)
  const { state, startTicks, cgroup } = readState(filesOf(context.root, stored.id))
  if (state.status === 'paused') {
    throw new ContainerError(
      'CONTAINER_BAD_STATE',
      `Cannot run a command in container "${stored.name}": it is paused (a running container)`,
      { hint: `tsbuild unpause ${stored.name}`, exitCode: 1 },
    )
  }
  return {
    pid: state.pid,
    startTicks,
    cgroup,
    process: processOf(context, stored, spec),
    ...(stored.privileged || spec.privileged === true ? { security: 'insecure' } : {}),
  }
}

function processOf(context: ContainerContext, stored: StoredContainer, spec: ExecSpec): ProcessSpec {
  return {
    argv: spec.argv,
    env: environmentOf(stored, { terminal: spec.terminal ?? false, extra: spec.env ?? [], callers: context.env }),
    cwd: spec.workingDir ?? stored.workingDir,
    user: spec.user ?? stored.user,
    terminal: spec.terminal ?? false,
    addCapabilities: stored.addCapabilities,
    dropCapabilities: stored.dropCapabilities,
    rlimits: stored.rlimits,
  }
}
