import { posix } from 'node:path'
import { suggest } from '../../notation/index.ts'
import { BuildError } from './errors.ts'

/** A file that does not exist where a step expects it, and what it was needed for. */
export class MissingFile extends BuildError {
  readonly item: MissingItem

  constructor(item: MissingItem, purpose: 'copy' | 'mount') {
    const suggestion = nearest(item)
    const hint = item.isIgnored
      ? 'Remove the pattern that excludes it from the ignore file (.dockerignore)'
      : suggestion !== undefined
        ? `Did you mean "${suggestion}"?`
        : 'Specify sources by their path in the build context, stage or image; nothing outside of it can be copied'
    const path = item.missing.replace(/^\/+/, '')
    super('BUILD_FILE_MISSING', `Cannot ${purpose} "${path}": not found in the source`, { hint })
    this.item = item
  }
}

interface MissingItem {
  readonly missing: string
  readonly isIgnored: boolean
  /** Similar names in the same directory. */
  readonly similar?: readonly string[]
}

function nearest({ missing, similar = [] }: MissingItem): string | undefined {
  const path = posix.normalize(missing).replace(/^\/+|\/+$/g, '')
  const found = suggest(posix.basename(path), similar)
  return found === undefined ? undefined : posix.join(posix.dirname(path), found)
}
