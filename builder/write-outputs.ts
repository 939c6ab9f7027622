import type { Chain, ImageRecord } from '../layer-store/index.ts'
import type { BuildTools } from './build-tools.ts'
import type { BuildEvent, BuildRequest, BuildResult, Output } from './builder.ts'
import { finishImage } from './finish-image.ts'
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
  const image = needsImage ? await storeImage(tools, solved, signal) : undefined
  const chain = image?.chain ?? (await chainOf(solution.get(planned.plan.result.digest)))
  let manifestDigest: string | undefined
  for (const output of outputs) {
    if (output.type === 'image' && image) for (const tag of tags) await tools.store.images.tag(image.id, tag)
    if (output.type === 'image' && !output.push) continue
    manifestDigest = (await writeOne(tools, { ...solved, output, image, chain }, signal)) ?? manifestDigest
  }
  return { tags, ...(image && { imageId: image.id }), ...(manifestDigest !== undefined && { manifestDigest }) }
}

async function storeImage({ store }: BuildTools, solved: Solved, signal: AbortSignal): Promise<ImageRecord> {
  const { request, planned, solution } = solved
  const epoch = request.sourceDateEpoch
  const finished = await finishImage(
    { plan: planned.plan, solution, store, ...(epoch !== undefined && { epochSeconds: epoch }) },
    signal,
  )
  return store.images.put(finished.config, finished.chain)
}

interface OneOutput extends Solved {
  readonly output: Output
  readonly image: ImageRecord | undefined
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
