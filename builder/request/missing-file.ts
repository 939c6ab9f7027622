import { BuildError } from './errors.ts'
/** A file that is not in what it was to come from, and what it was wanted for. */
export class MissingFile extends BuildError {
  readonly item: MissingItem

  constructor(item: MissingItem, wantedFor: 'copy' | 'mount') {
    const hint = item.isIgnored
      ? 'The file is there, but left out by the ignore file (.dockerignore)'
      : item.suggestion
        ? `Did you mean "${item.suggestion}"?`
        : 'Sources are named from the top of the build context, stage or image that they come from'
    const path = item.missing.replace(/^\/+/, '')
    super('BUILD_FILE_MISSING', `Cannot ${wantedFor} "${path}": not found in the source`, { hint })
    this.item = item
  }
}

interface MissingItem {
  readonly missing: string
  readonly isIgnored: boolean
  readonly suggestion?: string
}
