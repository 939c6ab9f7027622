import type { Descriptor, Digest, ImageReference, Platform } from '../../image-spec/index.ts'
import {
  formatPlatform,
  fullName,
  hostPlatform,
  INLINE_CACHE_KEY,
  MediaType,
  parseManifest,
  present,
  repositoryName,
} from '../../image-spec/index.ts'
import { type Chain, type Image, settleAll } from '../../layer-store/index.ts'
import type { BuildEvent, BuildRequest, BuildResult } from '../request/builder.ts'
import { carriesCache } from '../request/carries-cache.ts'
import { isMultiPlatform } from '../request/multi-platform.ts'
import { onlyPushes } from '../request/only-pushes.ts'
import type { Output } from '../request/output.ts'
import type { Provenance } from '../request/provenance.ts'
import { secretScanOf } from '../request/secret-scan.ts'
import type { BuildTools, OutputTarget } from '../run/build-tools.ts'
import type { PlatformTarget } from '../run/prepared-build.ts'
import { chainOf, type StepValue } from '../run/runners/step-value.ts'
import { stepProgress } from '../run/step-events.ts'
import type { Solution } from '../solve/solve.ts'
import { attestImage } from './attest-image.ts'
import { type FinishedImage, finishImage } from './finish-image.ts'
import type { SolvedNodes } from './portable-steps.ts'
import { searchSecrets } from './search-secrets.ts'
import { showStep } from './show-step.ts'

export interface Solved {
  readonly request: BuildRequest
  /** One per platform. */
  readonly targets: readonly PlatformTarget[]
  readonly solution: Solution<StepValue>
  readonly imported?: SolvedNodes['imported']
  /** One per target, if requested. */
  readonly provenance?: readonly Provenance[]
  readonly emit: (event: BuildEvent) => void
}

type WrittenOutputs = Pick<BuildResult, 'imageId' | 'images' | 'manifest' | 'pushed' | 'tags' | 'writtenConfig'>

/** Creates the images and writes every output; without outputs, the images are stored under the tags. */
export async function writeOutputs(tools: BuildTools, solved: Solved, signal: AbortSignal): Promise<WrittenOutputs> {
  const { request, targets, solution } = solved
  const outputs = outputsOf(request)
  const tags = request.tags ?? []
  const needsImage = outputs.some(holdsImage) || request.attestSbom
  const written: WrittenTarget[] = []
  const finishedImages: FinishedImage[] = []
  for (const target of targets) {
    const isFinished = needsImage || secretScanOf(request) !== 'off'
    const finished = isFinished ? await finish(tools, { ...solved, plan: target.plan }, signal) : undefined
    const finishAt = async (epochSeconds: number | undefined) => {
      if (!finished || epochSeconds === undefined || epochSeconds === request.sourceDateEpoch) return finished
      const dated = { ...request, sourceDateEpoch: epochSeconds }
      return finish(tools, { ...solved, plan: target.plan, request: dated }, signal)
    }
    const imageOf = imagesOf(tools, { finishAt, epochSeconds: request.sourceDateEpoch }, signal)
    const chain = () => chainOf(solution.get(target.plan.result.digest))
    const image = () => imageOf({ type: 'image' })
    const provenance = solved.provenance?.[written.length]
    const attestation = await attestImage(tools, { request, provenance, image, names: tags, emit: solved.emit }, signal)
    if (finished) finishedImages.push(finished)
    if (!onlyPushes(request)) await tools.store.layers.fetchBlob(finished?.chain ?? (await chain()), signal)
    written.push({ platform: target.platform, chain, imageOf, ...(attestation && { attestation }) })
  }
  const searching = searchSecrets(tools, { request, images: finishedImages, emit: solved.emit }, signal)
  if (secretScanOf(request) === 'error') await searching
  try {
    return await writeAll(tools, { ...solved, searching, written }, signal)
  } finally {
    await searching
  }
}

interface Searching extends Solved {
  readonly searching: Promise<void>
  readonly written: readonly WrittenTarget[]
}

async function writeAll(tools: BuildTools, solved: Searching, signal: AbortSignal): Promise<WrittenOutputs> {
  const { written } = solved
  const [outputs, tags] = [outputsOf(solved.request), await chosenTags(solved.request)]
  const request = { ...solved.request, tags }
  const isWithheld = tags.length === 0 && solved.request.tags !== undefined && solved.request.tags.length > 0
  // The result's image is that of the first output that has one.
  const first =
    outputs.find(({ type }) => type === 'image') ?? outputs.find(({ type }) => type !== 'tar' && type !== 'local')
  const images = first === undefined ? [] : await targetsOf(written, first)
  let manifest: Descriptor | undefined
  let pushed: Descriptor | undefined
  let writtenConfig: Digest | undefined
  for (const output of pushesLast(outputs)) {
    const own = await targetsOf(written, output)
    const ids = own.flatMap(({ image }) => image?.id ?? [])
    if (output.type === 'image' && !output.pushByDigest)
      for (const tag of tags) await tools.store.images.tag(ids, fullName(tag))
    if (output.type === 'image' && (!output.push || isWithheld)) continue
    manifest = (await writeOne(tools, { ...solved, request, output, outputTargets: own }, signal)) ?? manifest
    if (output.type === 'image') pushed = manifest
    if (holdsEstargz(output)) writtenConfig = manifest && (await configOf(tools, manifest))
  }
  const imageId = imageForThisMachine(images)
  const built = images.flatMap(({ image, platform }) =>
    image ? { id: image.id, platform: formatPlatform(platform) } : [],
  )
  const isByDigest = outputs.every((output) => !holdsImage(output) || (output.type === 'image' && output.pushByDigest))
  return {
    tags: tags.map(isByDigest ? repositoryName : fullName),
    images: built,
    ...(imageId && { imageId }),
    ...(manifest && { manifest }),
    ...(pushed && { pushed }),
    ...(writtenConfig && { writtenConfig }),
  }
}

/** If an output fails, such as a file on a full disk, nothing has been pushed yet. */
function pushesLast(outputs: readonly Output[]): readonly Output[] {
  const isPush = (output: Output) => output.type === 'image' && output.push === true
  return [...outputs.filter((output) => !isPush(output)), ...outputs.filter(isPush)]
}

async function chosenTags({ tags = [], chooseTags }: BuildRequest): Promise<readonly ImageReference[]> {
  const chosen = new Set(await chooseTags?.(tags.map(fullName)))
  return chooseTags === undefined ? tags : tags.filter((tag) => chosen.has(fullName(tag)))
}

function outputsOf({ outputs }: BuildRequest): readonly Output[] {
  return outputs ?? [{ type: 'image' }]
}

interface WrittenTarget extends Pick<OutputTarget, 'attestation'> {
  readonly platform: Platform
  readonly chain: () => Promise<Chain>
  readonly imageOf: (output: Output) => Promise<Image | undefined>
}

function targetsOf(written: readonly WrittenTarget[], output: Output): Promise<readonly OutputTarget[]> {
  return settleAll(
    written.map(async ({ chain, imageOf, ...target }) => {
      const image = await imageOf(output)
      return { ...target, image, chain: image?.chain ?? (await chain()) }
    }),
  )
}

function imageForThisMachine(targets: readonly OutputTarget[]): string | undefined {
  const { os, architecture } = hostPlatform()
  const own = targets.find(({ platform }) => platform.os === os && platform.architecture === architecture)
  return (own ?? targets[0])?.image?.id
}

function holdsImage({ type }: Output): boolean {
  return type === 'image' || type === 'oci' || type === 'docker'
}

function holdsEstargz(output: Output): boolean {
  return 'compression' in output && output.compression === 'estargz'
}

async function configOf({ store }: BuildTools, { mediaType, digest }: Descriptor): Promise<Digest | undefined> {
  if (mediaType !== MediaType.ociManifest) return undefined
  return parseManifest(await store.blobs.read(digest)).config.digest
}

interface ImageSource {
  readonly finishAt: (epochSeconds: number | undefined) => Promise<FinishedImage | undefined>
  readonly epochSeconds: number | undefined
}

/** The image in the form an output needs: its date, and plain or with rewritten times. Each form is stored at most once. */
function imagesOf({ store, native }: BuildTools, source: ImageSource, signal: AbortSignal) {
  const forms = new Map<string, Promise<Image | undefined>>()
  const create = async ({ rewriteTimestamp }: Output, epochSeconds: number | undefined) => {
    const finished = await source.finishAt(epochSeconds)
    if (!finished) return undefined
    if (!rewriteTimestamp || epochSeconds === undefined) return store.images.put(finished.config, finished.chain)
    const more = { image: finished, baseLayers: finished.baseLayers, maxMtimeSeconds: epochSeconds }
    const { rewriteTimes } = await import('./rewrite-times.ts')
    return rewriteTimes({ store, trees: native.trees, ...more }, signal)
  }
  return async (output: Output): Promise<Image | undefined> => {
    if (!holdsImage(output)) return undefined
    const { rewriteTimestamp = false, epochSeconds = source.epochSeconds } = output
    const form = `${rewriteTimestamp} ${epochSeconds}`
    const image = forms.get(form) ?? create(output, epochSeconds)
    forms.set(form, image)
    return image
  }
}

async function finish(
  { store }: BuildTools,
  { plan, request, solution, imported }: Solved & Pick<PlatformTarget, 'plan'>,
  signal: AbortSignal,
): Promise<FinishedImage> {
  const of = { plan, solution, store, ...present('epochSeconds', request.sourceDateEpoch) }
  const finished = await finishImage(of, signal)
  if (!carriesCache(request)) return finished
  const { inlineCacheOf } = await import('./inline-cache.ts')
  const cache = { [INLINE_CACHE_KEY]: await inlineCacheOf({ ...of, imported }, signal) }
  return { ...finished, config: { ...finished.config, ...cache } }
}

interface OneOutput extends Searching {
  readonly output: Output
  readonly outputTargets: readonly OutputTarget[]
}

/** Shown as its own step, since it may take a while. */
async function writeOne(tools: BuildTools, one: OneOutput, signal: AbortSignal): Promise<Descriptor | undefined> {
  const { output, outputTargets, emit, request, searching } = one
  const step = `output ${output.type}`
  const work = () =>
    tools.writeOutput(
      {
        output,
        targets: outputTargets,
        isMultiPlatform: isMultiPlatform(request),
        tags: request.tags ?? [],
        ...(request.annotations && { annotations: request.annotations }),
        ...present('epochSeconds', output.epochSeconds ?? request.sourceDateEpoch),
        searched: searching,
        onProgress: stepProgress(step, emit),
        warn: (message) =>
          emit({ kind: 'warning', warning: { code: 'BUILD_OUTPUT_WARNING', message }, atMs: Date.now() }),
      },
      signal,
    )
  return showStep({ id: step, name: stepName(output), emit }, work, signal)
}

function stepName(output: Output): string {
  return output.type === 'image' ? 'pushing image' : `exporting to ${output.type}`
}
