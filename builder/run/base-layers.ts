import { hexOf } from '../../image-spec/index.ts'
import type { AroundUnpack, Chain, LayerId } from '../../layer-store/index.ts'
import type { StepReport } from './runners/step-context.ts'

/**
 * The FROM line of each layer. Layers are pulled and unpacked when a later step needs them; that work is shown and
 * timed on the FROM line.
 */
export class BaseLayers {
  readonly #reports = new Map<LayerId, StepReport>()

  async bring(report: StepReport, pull: () => Promise<Chain>): Promise<Chain> {
    const chain = await report.busy(pull)
    for (const layer of chain) if (!this.#reports.has(layer)) this.#reports.set(layer, report)
    return chain
  }

  readonly aroundUnpack: AroundUnpack = async ({ id, compressed: [blob] }, unpack) => {
    const report = this.#reports.get(id)
    if (report === undefined || blob === undefined) return unpack()
    const name = `Extracting ${hexOf(blob.digest).slice(0, 12)}`
    await report.busy(async () => {
      report.progress(name, 0, undefined)
      await unpack()
      report.progress(name, blob.size, blob.size)
    })
  }
}
