import type { BuildResult, Output } from '../../builder/index.ts'
import { familiarName, hexOf, parseDigest, parseReference } from '../../image-spec/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import { humanSize } from '../../notation/index.ts'

/** The results of a build, one per line: `Built`, `Tagged`, `Pushed` and `Wrote`. */
export async function resultLines(
  result: BuildResult,
  outputs: readonly Output[],
  store: LayerStore,
): Promise<readonly string[]> {
  const { images, pushed, tags } = result
  const isTagged = outputs.some((output) => output.type === 'image' && !output.pushByDigest)
  const names = tags.map((tag) => familiarName(parseReference(tag)))
  const built = await Promise.all(
    images.map(async ({ id, platform }) => {
      const { sizeBytes } = await store.images.get(parseDigest(id))
      const facts = [humanSize(sizeBytes), ...(images.length > 1 ? [platform] : [])]
      return `Built   ${hexOf(parseDigest(id)).slice(0, 12)} (${facts.join(', ')})`
    }),
  )
  return [
    ...built,
    ...(isTagged ? names.map((name) => `Tagged  ${name}`) : []),
    ...(pushed === undefined ? [] : names.map((name) => `Pushed  ${name}@${pushed.digest}`)),
    ...outputs.flatMap((output) =>
      'destination' in output && output.destination !== '-' ? [`Wrote   ${output.destination}`] : [],
    ),
  ]
}
