import type { Dockerfile, SourceRange } from '../ast.ts'
import { descriptionOf } from './description.ts'

/** A stage that can be built. */
export interface BuildTarget {
  /** Undefined for an unnamed stage, which can be built only as the default. */
  readonly name?: string
  readonly description?: string
  /** The last stage, built by default. */
  readonly isDefault: boolean
  /** The image or stage of FROM, and `--platform`, as written. */
  readonly base: string
  readonly platform?: string
  readonly range: SourceRange
}

export function listTargets({ stages }: Dockerfile): readonly BuildTarget[] {
  return stages.map(({ name, from, index }) => {
    const description = name === undefined ? undefined : descriptionOf(from, name)
    const platform = from.flags.find((flag) => flag.name === 'platform')?.value
    return {
      ...(name !== undefined && { name }),
      ...(description !== undefined && { description }),
      isDefault: index === stages.length - 1,
      base: from.image.text,
      ...(platform !== undefined && { platform }),
      range: from.range,
    }
  })
}
