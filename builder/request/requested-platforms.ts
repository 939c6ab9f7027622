import type { Platform } from '../../image-spec/index.ts'
import { formatPlatform, hostPlatform, parsePlatform } from '../../image-spec/index.ts'
import { BuildError } from './errors.ts'

/** The platforms that `--platform` names, each once, in its order; this machine's where it names none. */
export function requestedPlatforms(text: string | undefined): readonly Platform[] {
  const host = hostPlatform()
  const platforms = (text ?? '').split(',').map((one) => platformOf(one.trim(), host))
  const byName = new Map(platforms.map((platform) => [formatPlatform(platform), platform]))
  return [...byName.values()]
}

function platformOf(text: string, host: Platform): Platform {
  if (text === '' || text === 'local') return host
  const platform = parsePlatform(text, host)
  if (platform !== undefined) return platform
  throw new BuildError(
    'BUILD_REFUSED',
    `Cannot build for platform "${text}": not a platform (os/architecture[/variant])`,
  )
}
