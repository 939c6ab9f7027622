import { readFile } from 'node:fs/promises'

/** The name of the distribution, such as `Debian GNU/Linux 12 (bookworm)`. */
export async function operatingSystem(): Promise<string> {
  const { parseOsRelease } = await import('../../../sbom/index.ts')
  const bytes = await readFile('/etc/os-release').catch(() => readFile('/usr/lib/os-release').catch(() => Buffer.of()))
  return parseOsRelease(bytes)?.prettyName ?? 'Linux'
}
