export interface OsOptions {
  readonly 'os.version'?: string
  readonly 'os.features'?: readonly string[]
}

/** `windows(10.0.17763+win32k)`: an operating system with its version and features. SPEC: containerd platforms, Parse */
export function parseOsOptions(text: string): { readonly os: string; readonly options: OsOptions } | undefined {
  const [, os, version = '', list = ''] = /^([\w-]+)(?:\(([\w.%-]*)((?:\+[\w.%-]+)*)\))?$/.exec(text) ?? []
  if (os === undefined) return undefined
  try {
    const features = [...new Set(list.split('+').slice(1).map(decodeURIComponent))].sort()
    const decoded = decodeURIComponent(version)
    return {
      os,
      options: { ...(decoded && { 'os.version': decoded }), ...(features.length > 0 && { 'os.features': features }) },
    }
  } catch {
    return undefined // a percent sign that encodes nothing
  }
}

/** `(10.0.17763+win32k)`, or nothing. SPEC: containerd platforms, FormatAll */
export function formatOsOptions({ 'os.version': version = '', 'os.features': features = [] }: OsOptions): string {
  const added = features.map((feature) => `+${encode(feature)}`).join('')
  return version === '' && added === '' ? '' : `(${encode(version)}${added})`
}

function encode(text: string): string {
  return text.replace(/[%+()/]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Windows runs images of its own release only: `10.0.17763.1` matches `10.0.17763`. */
export function isSameRelease(platform: OsOptions, wanted: OsOptions & { readonly os: string }): boolean {
  const [found, version] = [platform['os.version'], wanted['os.version']]
  if (wanted.os !== 'windows' || found === undefined || version === undefined) return true
  return releaseOf(found) === releaseOf(version)
}

function releaseOf(version: string): string {
  return version.split('.').slice(0, 3).join('.')
}
