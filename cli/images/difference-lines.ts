import { cleanText } from '../../builder/index.ts'
import type { FileChange, ImageDifference } from '../../images/index.ts'
import { humanSize } from '../../notation/index.ts'
import { alignColumns } from '../output/align-columns.ts'

const LETTERS = { added: 'A', changed: 'C', removed: 'D' } as const

/** Human-readable: `-` for the first image, `+` for the second. */
export function differenceLines({ layers, config, history, files }: ImageDifference): string {
  const changes = config.flatMap(({ field, before, after }) => [
    ...(before === undefined ? [] : [`- ${field}: ${before}`]),
    ...(after === undefined ? [] : [`+ ${field}: ${after}`]),
  ])
  const steps = [
    ...history.removed.map(({ created_by: step = '' }) => `- ${step}`),
    ...history.added.map(({ created_by: step = '' }) => `+ ${step}`),
  ]
  const count = (kind: FileChange['kind']) => files.filter((file) => file.kind === kind).length
  const delta = files.reduce((sum, file) => sum + deltaOf(file), 0)
  const rows = files.map((file) => {
    const aspects = file.aspects.length === 0 ? '' : ` (${file.aspects.join(', ')})`
    return `${signed(deltaOf(file))}\t${LETTERS[file.kind]}\t${file.path}${aspects}`
  })
  return [
    `Layers: ${layers.shared} shared, ${layers.onlyBefore} removed, ${layers.onlyAfter} added\n`,
    section('Config', changes),
    section('History', steps),
    `Files: ${count('added')} added, ${count('changed')} changed, ${count('removed')} removed, ${signed(delta)}\n`,
    rows.length === 0 ? '' : alignColumns(rows, 0).replace(/^/gm, '  ').replace(/ {2}$/, ''),
  ].join('')
}

/** SECURITY: text from untrusted images must not control the terminal. */
function section(title: string, lines: readonly string[]): string {
  const shown = lines.map((line) => `  ${cleanText(line).replaceAll('\n', ' ')}\n`).join('')
  return `${title}: ${lines.length === 0 ? 'no changes\n' : `\n${shown}`}`.replace(/: \n/, ':\n')
}

/** As a JSON document. */
export function differenceDocument(names: readonly [string, string], difference: ImageDifference): object {
  const { layers, config, history, files } = difference
  return {
    Before: names[0],
    After: names[1],
    Layers: { Shared: layers.shared, Removed: layers.onlyBefore, Added: layers.onlyAfter },
    Config: config.map(({ field, before, after }) => ({ Field: field, Before: before ?? null, After: after ?? null })),
    History: {
      Removed: history.removed.map(({ created_by: step = '' }) => step),
      Added: history.added.map(({ created_by: step = '' }) => step),
    },
    Files: files.map(({ path, kind, beforeBytes, afterBytes, aspects }) => ({
      Path: path,
      Kind: kind,
      BeforeBytes: beforeBytes ?? null,
      AfterBytes: afterBytes ?? null,
      Aspects: aspects,
    })),
  }
}

function deltaOf({ beforeBytes = 0, afterBytes = 0 }: FileChange): number {
  return afterBytes - beforeBytes
}

function signed(bytes: number): string {
  if (bytes === 0) return '0B'
  return `${bytes > 0 ? '+' : '-'}${humanSize(Math.abs(bytes))}`
}
