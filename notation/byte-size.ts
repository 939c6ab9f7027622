const UNITS = 'kmgtp'

/** Parses `64m`, `1.5GiB`, `512` to bytes; units are powers of 1024. SPEC: docker/go-units RAMInBytes */
export function byteSize(text: string): number | undefined {
  const match = /^((?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?) ?([kmgtp])?(?:i?b)?$/i.exec(text)
  if (!match) return undefined
  const power = match[2] === undefined ? 0 : UNITS.indexOf(match[2].toLowerCase()) + 1
  const bytes = Math.floor(Number(match[1]) * 1024 ** power)
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
