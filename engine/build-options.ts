import type { Builder, BuildRequest } from '../builder/index.ts'
import { BuildError } from '../builder/index.ts'
import { hostPlatform, type Platform, parsePlatform, parseReference, withDefaultTag } from '../image-spec/index.ts'
import type { Running } from './running.ts'

/** A build request at the edge of the API: names and platforms are text, which is parsed here only. */
export interface BuildOptions extends Omit<BuildRequest, 'tags' | 'platforms'> {
  readonly tags?: readonly string[]
  /** `os/architecture[/variant]`, or several with commas between them: the image is then an index. Default: this machine's. */
  readonly platform?: string
}

/** The builder at the API's edge. */
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
  return text.split(',').map((one) => {
    const name = one.trim()
    const platform = name === '' || name === 'local' ? host : parsePlatform(name, host)
    if (platform !== undefined) return platform
    const message = `Cannot build for platform "${name}": not a platform (expected os/architecture[/variant])`
    throw new BuildError('BUILD_REFUSED', message)
  })
}
