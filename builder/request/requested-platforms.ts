import { formatPlatform, hostPlatform, type Platform } from '../../image-spec/index.ts'
import type { BuildRequest } from './builder.ts'

/** Each once, in the request's order; this machine's where it names none. */
export function requestedPlatforms({ platforms = [] }: Pick<BuildRequest, 'platforms'>): readonly Platform[] {
  const wanted = platforms.length === 0 ? [hostPlatform()] : platforms
  return [...new Map(wanted.map((platform) => [formatPlatform(platform), platform])).values()]
}

/** The requested platforms; empty if none was requested. */
export function platformsText({ platforms = [] }: Pick<BuildRequest, 'platforms'>): string {
  return platforms.map(formatPlatform).join(',')
}
