import type { BuildPlan } from '../plan/graph/build-plan.ts'
import type { Node } from '../plan/graph/operation.ts'
import { BuildError } from '../request/errors.ts'
import type { BuildTools } from './build-tools.ts'

/** Refuses platforms whose programs this machine cannot run, before any step runs. */
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

/**
 * SPEC: moby/buildkit util/winlayers: files of a Windows layer are below `Files`, its registry below `Hives`. An image
 * with a plain layer would start nowhere. Exported directories and archives have no such form.
 */
export function refuseWindowsLayers(plans: readonly BuildPlan[]): void {
  const windows = plans.find(({ image, result }) => image.os === 'windows' && result.operation.kind !== 'source')
  if (windows === undefined) return
  const { name, range } = windows.result
  const message = `Cannot write the layer of "${name}": the image is for windows (expected linux)`
  throw new BuildError('BUILD_NOT_SUPPORTED', message, {
    range,
    hint: 'Write the files with -o type=local, or build images for Windows with docker',
  })
}
