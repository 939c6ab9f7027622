import type { Chain, Image } from '../layer-store/index.ts'
import type { BuildTools } from './build-tools.ts'
import type { BuildEvent, BuildRequest, BuildResult, Output } from './builder.ts'
import { BuildError } from './errors.ts'
import { type FinishedImage, finishImage } from './finish-image.ts'
import type { Planned } from './plan-request.ts'
import { chainOf, type StepValue } from './runners/step-value.ts'
import type { Solution } from './solve/solve.ts'

export interface Solved {
  readonly request: BuildRequest
  readonly planned: Planned
  readonly solution: Solution<StepValue>
  readonly emit: (event: BuildEvent) => void
}

/** Makes the image and writes every output; without any, the image goes into the store under the tags. */
export async function writeOutputs(
  tools: BuildTools,
  solved: Solved,
  signal: AbortSignal,
): Promise<Pick<BuildResult, 'imageId' | 'manifestDigest' | 'tags'>> {
  const { request, planned, solution } = solved
  const outputs = request.outputs ?? [{ type: 'image' as const }]
  const tags = request.tags ?? []
  const needsImage = outputs.some(({ type }) => type === 'image' || type === 'oci' || type === 'docker')
  const finished = needsImage ? await finish(tools, solved, signal) : undefined
  const images = imagesOf(tools, { finished, epochSeconds: request.sourceDateEpoch }, signal)
  // The image of the first output that has one is the build's.
  const first =
    outputs.find(({ type }) => type === 'image') ?? outputs.find(({ type }) => type !== 'tar' && type !== 'local')
  const image = first && (await images(first))
  const chain = image?.chain ?? (await chainOf(solution.get(planned.plan.result.digest)))
  let manifestDigest: string | undefined
  for (const output of outputs) {
    const own = await images(output)
    if (output.type === 'image' && own) for (const tag of tags) await tools.store.images.tag(own.id, tag)
    if (output.type === 'image' && !output.push) continue
    manifestDigest =
      (await writeOne(tools, { ...solved, output, image: own, chain: own?.chain ?? chain }, signal)) ?? manifestDigest
  }
  return { tags, ...(image && { imageId: image.id }), ...(manifestDigest !== undefined && { manifestDigest }) }
}

/** Before anything is built: only an OCI manifest that is written has room for them. */
export function refuseLostAnnotations({ annotations = {}, outputs = [] }: BuildRequest): void {
  if (Object.keys(annotations).length === 0) return
  if (outputs.some((output) => output.type === 'oci' || (output.type === 'image' && output.push))) return
  throw new BuildError(
    'BUILD_REFUSED',
    'Cannot annotate the image: no output writes an OCI manifest (type=oci, or --push)',
    {
      hint: 'An image that stays in the store can have labels: --label key=value',
    },
  )
}

/** Before anything is built. */
export function refuseUndated({ sourceDateEpoch, outputs = [] }: BuildRequest): void {
  if (sourceDateEpoch !== undefined || !outputs.some(({ rewriteTimestamp }) => rewriteTimestamp)) return
  throw new BuildError(
    'BUILD_REFUSED',
    'Cannot rewrite timestamps: there is no time to set them to (SOURCE_DATE_EPOCH)',
    {
      hint: 'Set SOURCE_DATE_EPOCH in the environment, or with --build-arg SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)',
    },
  )
}

interface ImageSource {
  readonly finished: FinishedImage | undefined
  readonly epochSeconds: number | undefined
}

/** The image as an output wants it, each of the two kinds put into the store once. */
function imagesOf({ store, native }: BuildTools, { finished, epochSeconds }: ImageSource, signal: AbortSignal) {
  let plain: Promise<Image> | undefined
  let rewritten: Promise<Image> | undefined
  return async ({ type, rewriteTimestamp }: Output): Promise<Image | undefined> => {
    if (!finished || type === 'tar' || type === 'local') return undefined
    if (!rewriteTimestamp || epochSeconds === undefined) {
      plain ??= store.images.put(finished.config, finished.chain)
      return plain
    }
    const { baseLayers } = finished
    const more = { image: finished, baseLayers, maxMtimeSeconds: epochSeconds }
    rewritten ??= import('./export/rewrite-times.ts').then(({ rewriteTimes }) =>
      rewriteTimes({ store, trees: native.trees, ...more }, signal),
    )
    return rewritten
  }
}

function finish({ store }: BuildTools, solved: Solved, signal: AbortSignal): Promise<FinishedImage> {
  const { request, planned, solution } = solved
  const epoch = request.sourceDateEpoch
  return finishImage(
    { plan: planned.plan, solution, store, ...(epoch !== undefined && { epochSeconds: epoch }) },
    signal,
  )
}

interface OneOutput extends Solved {
  readonly output: Output
  readonly image: Image | undefined
  readonly chain: Chain
}

/** Shown as a step of its own, since it may take a while. */
async function writeOne(tools: BuildTools, one: OneOutput, signal: AbortSignal): Promise<string | undefined> {
  const { output, image, chain, emit, request } = one
  const step = `output ${output.type}`
  emit({ kind: 'planned', steps: [{ id: step, name: stepName(output), inputs: [] }], atMs: Date.now() })
  emit({ kind: 'step-started', step, atMs: Date.now() })
  try {
    const digest = await tools.writeOutput(
      {
        output,
        image,
        chain,
        tags: request.tags ?? [],
        ...(request.annotations && { annotations: request.annotations }),
        ...(request.sourceDateEpoch !== undefined && { epochSeconds: request.sourceDateEpoch }),
        onProgress: (id, doneBytes, totalBytes) =>
          emit({
            kind: 'step-progress',
            step,
            id,
            doneBytes,
            ...(totalBytes !== undefined && { totalBytes }),
            atMs: Date.now(),
          }),
      },
      signal,
    )
    emit({ kind: 'step-done', step, atMs: Date.now() })
    return digest
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    emit({ kind: 'step-failed', step, message, atMs: Date.now() })
    throw error
  }
}

function stepName(output: Output): string {
  return output.type === 'image' ? 'pushing image' : `exporting to ${output.type}`
}
