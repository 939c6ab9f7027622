import type { Distribution } from './package.ts'

const MAX_BYTES = 64 << 10

/** SPEC: os-release(5). Undefined if it does not name a distribution. */
export function parseOsRelease(bytes: Buffer): Distribution | undefined {
  const fields = new Map<string, string>()
  for (const line of bytes.subarray(0, MAX_BYTES).toString('utf8').split('\n')) {
    const [, key, value] = /^([A-Z_]+)=(.*)$/.exec(line.trim()) ?? []
    if (key !== undefined && value !== undefined) fields.set(key, unquoted(value))
  }
  const id = fields.get('ID')
  if (id === undefined || !/^[a-z0-9._-]+$/.test(id)) return undefined
  const [versionId, prettyName] = [fields.get('VERSION_ID'), fields.get('PRETTY_NAME')]
  return { id, ...(versionId && { versionId }), ...(prettyName && { prettyName }) }
}

function unquoted(value: string): string {
  const [, , text] = /^(["'])(.*)\1$/.exec(value) ?? []
  return (text ?? value).replace(/\\(["'$`\\])/g, '$1')
}

/** The qualifier `distro` of package URLs: `debian-12`. */
export function distroOf(distribution: Distribution | undefined): Readonly<Record<string, string>> {
  if (distribution === undefined) return {}
  const { id, versionId } = distribution
  return { distro: versionId === undefined ? id : `${id}-${versionId}` }
}
