import { defineCommand } from '../../command.ts'
import { findImage } from '../../find-image.ts'
import { parseFilters } from '../../flags/filters.ts'
import { imageRows, imageTitles } from '../../images/image-rows.ts'
import { imageFilters, selectImages } from '../../images/select-images.ts'
import type { Row } from '../../output/format-rows.ts'
import { listFlags } from '../../output/list-flags.ts'
import { printRows } from '../../output/print-rows.ts'

export const imageLs = defineCommand({
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  flags: {
    ...listFlags,
    all: { kind: 'bool', short: 'a', help: 'Accepted without effect: no images are hidden' },
    digests: { kind: 'bool', help: 'Show manifest digests' },
    filter: {
      kind: 'list',
      ignoresEmpty: true,
      short: 'f',
      value: 'filter',
      help: `Filter images: ${imageFilters.join(', ')}`,
    },
  },
  positionals: { min: 0, max: 1 },
  async run({ values, positionals, io, engine }) {
    const filters = parseFilters(values.filter, imageFilters)
    const { store } = await engine()
    const nowMs = Date.now()
    const find = async (name: string) => (await findImage(store, name)).image
    const images = await selectImages(await store.images.list(), {
      filters,
      pattern: positionals[0] || undefined,
      find,
      nowMs,
    })
    const digests = values.digests || /\.Digest\b/.test(values.format ?? '')
    const rows = images.flatMap((image) => imageRows(image, { noTrunc: values['no-trunc'], digests, nowMs }))
    const digest = values.digests ? ['Digest'] : []
    const platform = haveEqualNames(rows) ? ['Platform'] : []
    const columns = ['Repository', 'Tag', ...digest, 'ID', 'CreatedSince', 'Size', ...platform]
    printRows({ values, io }, rows, { columns, titles: imageTitles })
    return 0
  },
})

/** Whether a name refers to several images: those of a multi-platform image. */
function haveEqualNames(rows: readonly Row[]): boolean {
  const names = rows.filter((row) => row['Tag'] !== '<none>').map((row) => `${row['Repository']}:${row['Tag']}`)
  return new Set(names).size < names.length
}
