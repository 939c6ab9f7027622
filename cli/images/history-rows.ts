import { type ImageRecord, type LayerStore, layerSize } from '../../layer-store/index.ts'
import { humanSize } from '../../notation/index.ts'
import type { Row } from '../output/format-rows.ts'
import { shownId } from '../output/image-names.ts'
import { ago, inZone } from '../output/times.ts'

export const historyTitles: Row = {
  ID: 'IMAGE',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  CreatedBy: 'CREATED BY',
  Size: 'SIZE',
  Comment: 'COMMENT',
}

const CREATED_BY_WIDTH = 45
const YEAR_2000_MS = Date.UTC(2000, 0, 1)

export interface HistoryOptions {
  readonly noTrunc: boolean
  readonly human: boolean
  readonly nowMs: number
}

/** Newest first. Only the last step has an ID, which is that of the image; docker shows `<missing>` for the others. */
export async function historyRows(
  store: LayerStore,
  image: ImageRecord,
  options: HistoryOptions,
): Promise<readonly Row[]> {
  const entries = image.config.history ?? []
  const rows: Row[] = []
  let position = 0
  for (const [index, entry] of entries.entries()) {
    const layerId = entry.empty_layer === true ? undefined : image.chain[position]
    if (entry.empty_layer !== true) position += 1
    const layer = layerId === undefined ? undefined : await store.layers.get(layerId)
    const bytes = layer === undefined ? 0 : layerSize(layer)
    const createdBy = (entry.created_by ?? '').replaceAll('\t', ' ')
    rows.push({
      Comment: entry.comment ?? '',
      CreatedAt: exactTime(entry.created),
      CreatedBy: options.noTrunc ? createdBy : shortened(createdBy),
      CreatedSince: options.human ? since(entry.created, options.nowMs) : exactTime(entry.created),
      ID: index === entries.length - 1 ? shownId(image.id, options.noTrunc) : '<missing>',
      Size: options.human ? humanSize(bytes) : String(bytes),
    })
  }
  return rows.reverse()
}

function shortened(text: string): string {
  return text.length > CREATED_BY_WIDTH ? `${text.slice(0, CREATED_BY_WIDTH - 1)}…` : text
}

/** SPEC: docker's history has no age of what was created before 2000, as by builds that set all times to 0. */
function since(created: string | undefined, nowMs: number): string {
  return Date.parse(created ?? '') > YEAR_2000_MS ? ago(created, nowMs) : 'N/A'
}

/** Docker's history uses this format, its other lists use Go's. */
function exactTime(created: string | undefined): string {
  const date = new Date(created ?? Number.NaN)
  return Number.isNaN(date.getTime()) ? 'N/A' : inZone(date)
}
