import type { FoundBase } from '../../images/index.ts'
import type { BaseNeed } from '../plan/graph/build-plan.ts'
import type { PlanInputs } from '../run/prepared-build.ts'

export interface NamedBase {
  /** Identity of the image in operations; contains no path of this machine, since it is part of cache keys. */
  readonly key: string
  readonly base: FoundBase
}

/** Resolves a base image. SECURITY: an OCI layout is a directory of the host, which only the command line may name. */
export async function resolveBase(
  { reference, platform }: Pick<BaseNeed, 'reference' | 'platform'>,
  { request, baseImages, namedContexts }: Pick<PlanInputs, 'request' | 'baseImages' | 'namedContexts'>,
  signal: AbortSignal,
): Promise<NamedBase> {
  const isLayout = Object.values(namedContexts).some(
    (context) => context.kind === 'image' && context.isLayout === true && context.reference === reference,
  )
  const base = await baseImages.resolve({ reference, platform, pull: request.pull ?? 'missing', isLayout }, signal)
  return { key: isLayout ? `oci-layout://${base.id}` : `${base.name}@${base.id}`, base }
}
