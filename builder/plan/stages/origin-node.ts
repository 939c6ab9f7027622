import type { Platform } from '../../../image-spec/index.ts'
import { formatPlatform, fullName, ImageSpecError, parseReference, withDefaultTag } from '../../../image-spec/index.ts'
import { parseGitUrl, withWholeCommit } from '../../../notation/index.ts'
import type { SourceRange } from '../../../parser/index.ts'
import { baseKey } from '../graph/base-key.ts'
import type { Node } from '../graph/operation.ts'
import { CONTEXT_FILE } from '../instructions/http-filename.ts'
import { filesystemOf, type PlanContext, scratchNode, sourceOnce } from '../plan-context.ts'
import type { FileOrigin } from './file-origin.ts'

/** The node that `--from` reads; by default the build context. Undefined if it is unknown, which is reported. */
export function originNode(from: string | undefined, range: SourceRange, plan: PlanContext): Node | undefined {
  if (from === undefined) return localNode('context', plan)
  const origin = plan.stages.findOrigin(from, range)
  return origin && nodeOfOrigin(origin, { platform: plan.request.targetPlatform, range }, plan)
}

/** Undefined for an unknown stage or image, which was reported when references were followed. */
function nodeOfOrigin(
  origin: FileOrigin,
  { platform, range }: { readonly platform: Platform; readonly range: SourceRange },
  plan: PlanContext,
): Node | undefined {
  switch (origin.kind) {
    case 'scratch':
      return scratchNode(plan)
    case 'stage': {
      const stage = plan.finished.get(origin.index)
      return stage && filesystemOf(stage, plan)
    }
    case 'image':
      return imageNode(origin.reference, { platform, plan, name: fromTitle(origin.reference) })
    case 'context':
      return contextNode(origin, range, plan)
  }
}

/** `FROM docker.io/library/busybox:latest`: the image's full name, however it was written. */
export function fromTitle(reference: string): string {
  return `FROM ${fullReference(reference)}`
}

export function fullReference(reference: string): string {
  try {
    return fullName(withDefaultTag(parseReference(reference)))
  } catch (error) {
    if (error instanceof ImageSpecError) return reference // resolving it reports the error
    throw error
  }
}

/** The files of an image; scratch for an image without layers. */
export function imageNode(
  reference: string,
  { platform, plan, name, range }: { platform: Platform; plan: PlanContext; name: string; range?: SourceRange },
): Node | undefined {
  const base = plan.bases.get(baseKey({ reference, platform }))
  if (!base) return undefined
  const hasLayers = base.config.rootfs.diff_ids.length > 0 || base.config.history?.some((entry) => !entry.empty_layer)
  if (!hasLayers) return scratchNode(plan)
  const operation = {
    kind: 'source',
    source: 'image',
    reference: base.key,
    platform: formatPlatform(platform),
  } as const
  return plan.nodes.add({ operation, inputs: [], name, ...(range && { range }) })
}

/** A context as the filesystem of a stage: its files are copied to an empty root, owned by root. */
export function filesystemOfContext(origin: ContextOrigin, range: SourceRange, plan: PlanContext): Node | undefined {
  const files = contextNode(origin, range, plan)
  if (files?.operation.kind !== 'source') return files
  const copy = { action: 'copy', input: 1, paths: ['/'], literal: true, exclude: [], to: '/' } as const
  const actions = [{ ...copy, parents: false, link: false, unpackArchives: false }]
  const name = `[context ${origin.name}] copy to an empty root`
  return plan.nodes.add({ operation: { kind: 'file', actions }, inputs: [scratchNode(plan), files], name, range })
}

/** As BuildKit describes the snapshot of a context, in the history of an image whose base it is. */
export function contextTitle({ name, context }: ContextOrigin): string {
  if (context.kind === 'local') return `local source for ${name}`
  if (context.kind === 'http') return `http url ${context.url}`
  const { url, reference } = parseGitUrl(context.url)
  return `git snapshot for ${url}#${reference}`
}

function localNode(name: string, plan: PlanContext): Node {
  const title = name === 'context' ? '[internal] load build context' : `[context ${name}] load from client`
  const operation = { kind: 'source', source: 'local', name } as const
  return sourceOnce(`local ${name}`, { operation, inputs: [], name: title }, plan)
}

type ContextOrigin = Extract<FileOrigin, { kind: 'context' }>

function contextNode({ name, context }: ContextOrigin, range: SourceRange, plan: PlanContext): Node | undefined {
  const title = `[context ${name}]`
  switch (context.kind) {
    case 'local':
      return localNode(name, plan)
    case 'git': {
      const { fault, keepGitDirectory = false, ...address } = withWholeCommit(parseGitUrl(context.url))
      if (fault) {
        const message = `Cannot use build context "${name}": ${fault.found} in "${context.url}" (expected ${fault.needed})`
        plan.problems.error({ code: 'PLAN_SOURCE_INVALID', range, message })
        return undefined
      }
      const operation = { kind: 'source', source: 'git', ...address, keepGitDirectory } as const
      return plan.nodes.add({ operation, inputs: [], name: `${title} ${context.url}` })
    }
    case 'http':
      return downloadedContext(context.url, title, plan)
  }
}

/** SPEC: BuildKit dockerui/namedcontext.go: a context containing only that file, even if it is an archive. */
function downloadedContext(url: string, title: string, plan: PlanContext): Node {
  const operation = { kind: 'source', source: 'http', url, filename: CONTEXT_FILE } as const
  const download = plan.nodes.add({ operation, inputs: [], name: `${title} ${url}` })
  const copy = { action: 'copy', input: 1, paths: [`/${CONTEXT_FILE}`], exclude: [], to: '/' } as const
  const how = { parents: false, link: false, literal: true, unpackArchives: false } as const
  return plan.nodes.add({
    operation: { kind: 'file', actions: [{ ...copy, ...how }] },
    inputs: [scratchNode(plan), download],
    name: `http url ${url}`,
  })
}
