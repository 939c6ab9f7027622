import { posix } from 'node:path'
import { foreignPlatform } from '../../../image-spec/index.ts'
import type { RunInstruction } from '../../../parser/index.ts'
import { expandText } from '../expand-text.ts'
import type { ExecOperation } from '../graph/operation.ts'
import { expanderOf, filesystemOf, type PlanContext, type StageDraft } from '../plan-context.ts'
import { argumentsOfRun } from '../scope.ts'
import { findFlag, listFlags } from './flags.ts'
import { HISTORY_COMMENT, runHistory } from './history.ts'
import { runCommand } from './run-command.ts'
import { planMounts, secretVariables } from './run-mounts.ts'
import { instructionTitle, rangeOf, stepName } from './step-name.ts'

/** RUN: a command on the stage's filesystem, in its environment, directory and user. */
export function planRun(instruction: RunInstruction, stage: StageDraft, plan: PlanContext): void {
  const expander = expanderOf(stage, plan)
  const expand = (value: string, range: RunInstruction['range']) => expandText(value, range, expander)
  const mounts = planMounts(listFlags(instruction, 'mount'), { stage, plan, expand })
  if (!mounts) return
  const command = runCommand(instruction, stage, plan)
  if (!command) return
  const { argv, scripts, summary } = command
  const platform = foreignPlatform(stage.architecture, plan.request.buildPlatform)
  const operation: ExecOperation = {
    kind: 'exec',
    argv,
    env: [...stage.scope.environment.values()],
    cwd: workingDirectory(stage.config.WorkingDir ?? ''),
    user: stage.config.User ?? '',
    ...hostnameOf(plan),
    network: networkOf(instruction, plan),
    security: findFlag(instruction, 'security')?.value === 'insecure' ? 'insecure' : 'sandbox',
    mounts: mounts.mounts,
    ...(instruction.devices && { devices: instruction.devices }),
    ...(scripts.length > 0 && { scripts }),
    ...(platform !== undefined && { platform }),
  }
  const { declared } = stage.scope
  const shown = { kind: instruction.kind, text: instruction.text + summary }
  const title = instructionTitle(shown, stage, { plan, secrets: secretVariables(mounts.mounts) })
  const node = plan.nodes.add({
    operation,
    inputs: [filesystemOf(stage, plan), ...mounts.inputs],
    name: stepName(stage, title),
    range: rangeOf(stage, instruction),
    ignoreCache: stage.ignoreCache,
    ...(declared.length > 0 && { argumentNames: [...new Set(declared.map(([name]) => name))] }),
  })
  stage.node = node
  const createdBy = runHistory(argv, argumentsOfRun(stage.scope))
  stage.history.push({ createdBy, comment: HISTORY_COMMENT, node })
}

/** Makes a relative path absolute; an absolute one stays as written, as in the configuration. */
function workingDirectory(path: string): string {
  return path.startsWith('/') ? path : posix.resolve('/', path)
}

/** SPEC: the build argument BUILDKIT_SANDBOX_HOSTNAME is part of the step. */
function hostnameOf({ request: { buildArgs } }: PlanContext): Pick<ExecOperation, 'hostname'> {
  const name = 'BUILDKIT_SANDBOX_HOSTNAME'
  const hostname = Object.hasOwn(buildArgs, name) ? buildArgs[name] : undefined
  return hostname ? { hostname } : {}
}

function networkOf(instruction: RunInstruction, plan: PlanContext): ExecOperation['network'] {
  const network = findFlag(instruction, 'network')?.value
  return network === 'none' || network === 'host' ? network : plan.request.network
}
