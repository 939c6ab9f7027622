import type { BuildPlan } from '../plan/graph/build-plan.ts'
import type { Node } from '../plan/graph/operation.ts'
import { BuildError } from '../request/errors.ts'
import type { BuildTools } from './build-tools.ts'

/** Refuses commands of platforms whose programs this machine can't run, before anything else is done. */
export async function checkPlatforms(
  tools: BuildTools,
  plans: readonly BuildPlan[],
  signal: AbortSignal,
): Promise<void> {
  const first = new Map<string, Node>()
  for (const node of plans.flatMap(({ nodes }) => nodes)) {
    const platform = node.operation.kind === 'exec' ? node.operation.platform : undefined
    if (platform !== undefined && !first.has(platform)) first.set(platform, node)
  }
  if (first.size === 0) return
  const { canRun } = await import('./run-foreign-program.ts')
  for (const [platform, node] of first) if (!(await canRun(tools, platform, signal))) throw foreign(platform, node)
}

function foreign(platform: string, { name, range }: Node): BuildError {
  const message = `Cannot run "${name}": this machine cannot run programs for ${platform} (expected an emulator in binfmt_misc)`
  return new BuildError('BUILD_NOT_SUPPORTED', message, {
    range,
    hint: 'Install the package qemu-user-static on the host, or run the step in a stage with FROM --platform=$BUILDPLATFORM and COPY its result',
  })
}
