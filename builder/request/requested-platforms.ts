import { formatPlatform, hostPlatform, type Platform } from '../../image-spec/index.ts'
import type { BuildRequest } from './builder.ts'

/** Without duplicates, in the request's order; default: this machine's platform. */
export function requestedPlatforms({ platforms = [] }: Pick<BuildRequest, 'platforms'>): readonly Platform[] {
  const requested = platforms.length === 0 ? [hostPlatform()] : platforms
  return [...new Map(requested.map((platform) => [formatPlatform(platform), platform])).values()]
}

/** Otherwise the image has the platform of its base. */
export function isPlatformGiven({ platforms = [] }: Pick<BuildRequest, 'platforms'>): boolean {
  return platforms.length > 0
}

/** The requested platforms as text; empty if none were requested. */
export function platformsText({ platforms = [] }: Pick<BuildRequest, 'platforms'>): string {
  return platforms.map(formatPlatform).join(',')
}
