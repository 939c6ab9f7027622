import type { Dockerfile, SourceRange } from '../ast.ts'
import { descriptionOf } from './description.ts'

/** A stage that can be built. */
export interface Target {
  /** Undefined for a stage without a name: it can be built only where it is the default. */
  readonly name?: string
  readonly description?: string
  /** The last stage, built if none is named. */
  readonly isDefault: boolean
  /** The image or stage of FROM, and `--platform`, as written. */
  readonly base: string
  readonly platform?: string
  readonly range: SourceRange
}

export function listTargets({ stages }: Dockerfile): readonly Target[] {
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
