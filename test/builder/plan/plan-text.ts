import { baseKey } from '../../../builder/plan/graph/base-key.ts'
import type { BuildPlan, PlanRequest, PlanResult, ResolvedBase } from '../../../builder/plan/graph/build-plan.ts'
import { planBuild } from '../../../builder/plan/plan-build.ts'
import { type ContainerConfig, digestOf, type ImageConfig } from '../../../image-spec/index.ts'
import { type Diagnostic, parseDockerfile } from '../../../parser/index.ts'

export type PlanOptions = Partial<Omit<PlanRequest, 'dockerfile'>> & {
  /** Configurations of base images by reference; other images have an empty one. */
  readonly images?: Readonly<Record<string, ContainerConfig>>
  /** Other properties of base images. */
  readonly ofBases?: Partial<ImageConfig>
}

const PLATFORM = { os: 'linux', architecture: 'amd64' } as const

/** Plans a Dockerfile, providing every base that it requests. */
export function planText(text: string, options: PlanOptions = {}): Exclude<PlanResult, { kind: 'needs' }> {
  return planAsking(text, options).result
}

/** Like `planText()`, with the requested references per round. */
export function planAsking(
  text: string,
  { images = {}, ofBases, ...options }: PlanOptions = {},
): { readonly result: Exclude<PlanResult, { kind: 'needs' }>; readonly asked: readonly (readonly string[])[] } {
  const request = requestOf(text, options)
  const bases = new Map<string, ResolvedBase>()
  const asked: string[][] = []
  while (true) {
    const result = planBuild(request, bases)
    if (result.kind !== 'needs') return { result, asked }
    asked.push(result.bases.map(baseKey))
    for (const need of result.bases) {
      const config = { ...imageConfig(images[need.reference] ?? {}, need.platform.architecture), ...ofBases }
      bases.set(baseKey(need), { key: `${need.reference}@${digestOf(need.reference)}`, config })
    }
  }
}

export function planned(text: string, options: PlanOptions = {}): BuildPlan {
  const result = planText(text, options)
  if (result.kind === 'refused')
    throw new Error(`refused: ${result.diagnostics.map(({ message }) => message).join('\n')}`)
  return result.plan
}

export function refusals(text: string, options: PlanOptions = {}): readonly Diagnostic[] {
  const result = planText(text, options)
  return result.kind === 'refused' ? result.diagnostics : []
}

export function historyOf(plan: BuildPlan): readonly string[] {
  return plan.image.history.map(({ createdBy }) => createdBy)
}

export function namesOf(plan: BuildPlan): readonly string[] {
  return plan.nodes.map(({ name }) => name)
}

export function requestOf(text: string, options: Partial<PlanRequest> = {}): PlanRequest {
  const { dockerfile, diagnostics } = parseDockerfile(text)
  if (!dockerfile) throw new Error(`not parsed: ${diagnostics.map(({ message }) => message).join('\n')}`)
  const platforms = { buildPlatform: PLATFORM, targetPlatform: PLATFORM }
  const switches = { network: 'default', noCache: false, noCacheFilter: [], namedContexts: {} } as const
  return { dockerfile, buildArgs: {}, labels: {}, ...platforms, ...switches, ...options }
}

function imageConfig(config: ContainerConfig, architecture: string): ImageConfig {
  const rootfs = { type: 'layers', diff_ids: [digestOf('a layer')] } as const
  return { architecture, os: 'linux', config, rootfs, history: [{ created_by: 'a base' }] }
}
