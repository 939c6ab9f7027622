import type { CompressionAlgorithm } from '../../layer-store/index.ts'

const LEVELS = { gzip: [0, 12], estargz: [0, 12], zstd: [1, 22] } as const

/** The level, if given; calls `refuse` with the reason if the algorithm does not support it. */
export function parseCompressionLevel(
  algorithm: CompressionAlgorithm,
  text: string | undefined,
  refuse: (reason: string) => Error,
): number | undefined {
  if (text === undefined) return undefined
  if (algorithm === 'none') throw refuse('uncompressed layers have no level')
  const [lowest, highest] = LEVELS[algorithm]
  const level = Number(text)
  if (/^\d{1,2}$/.test(text) && level >= lowest && level <= highest) return level
  throw refuse(`${algorithm} has the levels ${lowest} to ${highest}`)
}
