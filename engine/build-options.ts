import type { Builder, BuildRequest } from '../builder/index.ts'
import { BuildError } from '../builder/index.ts'
import { hostPlatform, type Platform, parsePlatform, parseReference, withDefaultTag } from '../image-spec/index.ts'
import type { Running } from './running.ts'

/** A build request as passed to the API: names and platforms are text, parsed only here. */
export interface BuildOptions extends Omit<BuildRequest, 'tags' | 'platforms'> {
  readonly tags?: readonly string[]
  /**
   * `os/architecture[/variant]`, or a comma-separated list, which produces an index. Default: this machine's platform.
   */
  readonly platform?: string
}

/** The builder as exposed by the API. */
export type TextBuilder = {
  readonly [Name in keyof Builder]: (options: BuildOptions) => ReturnType<Builder[Name]>
}

export function textBuilder(builder: Builder, { track }: Pick<Running, 'track'>): TextBuilder {
  return {
    build: (options) => track(async () => builder.build(buildRequest(options))),
    plan: (options) => track(async () => builder.plan(buildRequest({ ...options, tags: [] }))),
    describe: (options) => track(async () => builder.describe(buildRequest({ ...options, tags: [] }))),
  }
}

function buildRequest({ tags, platform, ...request }: BuildOptions): BuildRequest {
  return {
    ...request,
    ...(tags !== undefined && { tags: tags.map((tag) => withDefaultTag(parseReference(tag))) }),
    ...(platform !== undefined && { platforms: parsePlatforms(platform) }),
  }
}

function parsePlatforms(text: string): readonly Platform[] {
  const host = hostPlatform()
  return text.split(',').map((name) => {
    const platform = name === 'local' ? host : parsePlatform(name, host)
    if (platform !== undefined) return platform
    const message = `Cannot build for platform "${name}": not a platform (expected os/architecture[/variant])`
    throw new BuildError('BUILD_REFUSED', message)
  })
}
