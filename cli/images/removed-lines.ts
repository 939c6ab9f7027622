import { familiarName, parseReference } from '../../image-spec/index.ts'
import type { PruneResult } from '../../layer-store/index.ts'

/** `Deleted Images:` and a line for each name and ID; empty if there are none. */
export function removedLines({ deletedImages }: Pick<PruneResult, 'deletedImages'>): string {
  if (deletedImages.length === 0) return ''
  const lines = deletedImages.map((name) =>
    name.startsWith('sha256:') ? `deleted: ${name}` : `untagged: ${familiarName(parseReference(name))}`,
  )
  return `Deleted Images:\n${lines.join('\n')}\n\n`
}
