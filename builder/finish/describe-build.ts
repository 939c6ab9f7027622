import { randomBytes } from 'node:crypto'
import { basename, isAbsolute } from 'node:path'
import { formatPlatform, hexOf, parseReference, repositoryName } from '../../image-spec/index.ts'
import type { FoundBase } from '../../images/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import type { ExecMount, Node } from '../plan/graph/operation.ts'
import { isProxyArgument } from '../plan/scope.ts'
import type { BuildRequest } from '../request/builder.ts'
import type { Material } from '../request/material.ts'
import type { Provenance, SecretMount } from '../request/provenance.ts'
import type { OpenedBuild, PlatformTarget } from '../run/prepared-build.ts'
import type { StepValue } from '../run/runners/step-value.ts'
import type { Solution } from '../solve/solve.ts'

export interface DescribedBuild {
  readonly store: LayerStore
  readonly request: BuildRequest
  readonly opened: Pick<OpenedBuild, 'main' | 'source'>
  readonly targets: readonly PlatformTarget[]
  readonly solution: Solution<StepValue>
  readonly startedAtMs: number
}

/** One per platform. */
export function describeBuild(build: DescribedBuild): Promise<readonly Provenance[]> {
  const times = {
    invocationId: randomBytes(16).toString('hex'),
    startedAt: new Date(build.startedAtMs).toISOString(),
    finishedAt: new Date().toISOString(),
  }
  return Promise.all(
    build.targets.map(async (target) => ({
      platform: formatPlatform(target.platform),
      source: { name: publicName(build.opened.source.name), text: build.opened.source.text },
      ...(build.opened.main.origin && { context: build.opened.main.origin }),
      materials: await materialsOf(target, build),
      parameters: parametersOf(build.request),
      ...readBySteps(target.plan.nodes),
      steps: stepsOf(target.plan.nodes),
      ...times,
    })),
  )
}

/** As BuildKit names it: the directory of a file of this machine is not published. */
function publicName(name: string): string {
  return isAbsolute(name) ? basename(name) : name
}

async function materialsOf(
  { plan, bases }: PlatformTarget,
  { store, solution }: DescribedBuild,
): Promise<readonly Material[]> {
  const used = plan.nodes.flatMap(({ operation }) =>
    operation.kind === 'source' && operation.source === 'image' ? [operation.reference] : [],
  )
  const images = await Promise.all(
    [...bases].filter(([key]) => used.includes(key)).map(([, base]) => imageMaterial(store, base)),
  )
  const files = plan.nodes.flatMap((node) => {
    const value = solution.get(node.digest)?.value
    return value?.kind === 'files' && value.origin ? [value.origin] : []
  })
  return [...new Map([...images, ...files].map((one) => [JSON.stringify(one), one])).values()]
}

/**
 * SPEC: purl-spec docker and oci. Uses the digest in the repository; an image that was never in a repository is named
 * by its ID.
 */
async function imageMaterial(store: LayerStore, base: FoundBase): Promise<Material> {
  const platform = `platform=${encodeURIComponent(formatPlatform(base.platform))}`
  const layout = /^oci-layout:\/\/(.+)@sha256:([0-9a-f]{64})$/.exec(base.name)
  if (layout?.[2] !== undefined) {
    const name = encodeURIComponent(layout[1]?.split('/').at(-1) ?? '')
    return { uri: `pkg:oci/${name}?${platform}`, digest: { sha256: layout[2] } }
  }
  const reference = parseReference(base.name)
  const repository = repositoryName(reference)
  const name = repository.replace(/^docker\.io\/(?:library\/)?/, '')
  const version = reference.tag === undefined ? '' : `@${reference.tag}`
  const digest = reference.digest ?? base.digest ?? (await knownDigest(store, base, repository)) ?? base.id
  return { uri: `pkg:docker/${name}${version}?${platform}`, digest: { sha256: hexOf(digest) } }
}

async function knownDigest(store: LayerStore, { id }: FoundBase, repository: string) {
  const { repositoryDigests } = await store.images.get(id)
  const known = repositoryDigests.find((name) => name.startsWith(`${repository}@`))
  return known === undefined ? undefined : parseReference(known).digest
}

/** SECURITY: proxy variables may contain credentials and are omitted; secrets are never parameters. */
function parametersOf({ target, noCache, noCacheFilter = [], network, buildArgs = {}, labels = {} }: BuildRequest) {
  const args = Object.entries(buildArgs).filter(([name]) => !isProxyArgument(name))
  return {
    ...(target && { target }),
    ...(noCache && { 'no-cache': '' }),
    ...(!noCache && noCacheFilter.length > 0 && { 'no-cache': noCacheFilter.join(',') }),
    ...(network && network !== 'default' && { 'force-network-mode': network }),
    ...Object.fromEntries(args.map(([name, value]) => [`build-arg:${name}`, value])),
    ...Object.fromEntries(Object.entries(labels).map(([name, value]) => [`label:${name}`, value])),
  }
}

function readBySteps(nodes: readonly Node[]): Pick<Provenance, 'locals' | 'secrets' | 'ssh'> {
  const mounts = nodes.flatMap(({ operation }) => (operation.kind === 'exec' ? operation.mounts : []))
  const locals = nodes.flatMap(({ operation }) =>
    operation.kind === 'source' && operation.source === 'local' ? [operation.name] : [],
  )
  return {
    locals: [...new Set(locals)].sort(),
    secrets: secretMounts(mounts, 'secret'),
    ssh: secretMounts(mounts, 'ssh'),
  }
}

function secretMounts(mounts: readonly ExecMount[], type: 'secret' | 'ssh'): readonly SecretMount[] {
  const optional = new Map<string, boolean>()
  for (const mount of mounts)
    if (mount.type === type) optional.set(mount.id, (optional.get(mount.id) ?? true) && !mount.required)
  return [...optional].sort(([a], [b]) => (a < b ? -1 : 1)).map(([id, isOptional]) => ({ id, optional: isOptional }))
}

function stepsOf(nodes: readonly Node[]): Provenance['steps'] {
  const positions = new Map(nodes.map((node, position) => [node.digest, position]))
  return nodes.map(({ operation, name, inputs }) => ({
    operation,
    name,
    inputs: inputs.flatMap(({ digest }) => positions.get(digest) ?? []),
  }))
}
