import type { Platform } from '../../image-spec/index.ts'
import { hostPlatform, parsePlatform } from '../../image-spec/index.ts'
import { usageError } from '../errors.ts'

/** `--platform`, by default that of this machine. */
export function platformOf(text: string | undefined): Platform {
  const host = hostPlatform()
  if (text === undefined || text === '' || text === 'local') return host
  const platform = parsePlatform(text, host)
  if (platform === undefined)
    throw usageError(`Cannot use "--platform ${text}": not a platform (expected os/architecture[/variant])`)
  return platform
}
