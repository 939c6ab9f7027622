import shaJs from 'sha.js'

/**
 * SHA-256 whose state can be saved and taken up again by another process. Some thirty times slower than node:crypto,
 * so it serves only where the state is worth that.
 */
export interface ResumableDigest {
  /** Bytes digested so far. */
  readonly position: number
  update(bytes: Uint8Array): void
  /** Only where `position` is a multiple of DIGEST_BLOCK_BYTES. */
  save(): DigestState
  /** `sha256:…`; ends the digest. */
  finish(): string
}

/** Plain JSON. */
export interface DigestState {
  readonly position: number
  /** The eight 32-bit words between two blocks. SPEC: FIPS 180-4 section 6.2 */
  readonly words: readonly number[]
}

export const DIGEST_BLOCK_BYTES = 64
const WORDS = ['_a', '_b', '_c', '_d', '_e', '_f', '_g', '_h'] as const

/** From the beginning, or from a saved state. */
export function startDigest(from?: DigestState): ResumableDigest {
  const hash: unknown = shaJs('sha256')
  if (!hasState(hash)) throw new Error('sha.js keeps its state in another way than the pinned version')
  if (from !== undefined) {
    for (const [index, name] of WORDS.entries()) hash[name] = from.words[index] ?? 0
    hash._len = from.position
  }
  return {
    get position() {
      return hash._len
    },
    update: (bytes) => {
      hash.update(bytes)
    },
    save: () => {
      if (hash._len % DIGEST_BLOCK_BYTES !== 0) throw new Error('a digest is saved between two blocks only')
      return { position: hash._len, words: WORDS.map((name) => hash[name] | 0) }
    },
    finish: () => `sha256:${hash.digest('hex')}`,
  }
}

/** A state that a file gave; anything else is not a state. */
export function parseDigestState(value: unknown): DigestState | undefined {
  if (typeof value !== 'object' || value === null || !('position' in value) || !('words' in value)) return undefined
  const { position, words } = value
  const isPosition = typeof position === 'number' && Number.isSafeInteger(position) && position >= 0
  if (!isPosition || position % DIGEST_BLOCK_BYTES !== 0) return undefined
  if (!Array.isArray(words) || words.length !== WORDS.length || !words.every(isWord)) return undefined
  return { position, words }
}

function isWord(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value === (value | 0)
}

type Sha256State = { [name in (typeof WORDS)[number] | '_len']: number } & {
  update(bytes: Uint8Array): unknown
  digest(encoding: 'hex'): string
}

function hasState(hash: unknown): hash is Sha256State {
  if (typeof hash !== 'object' || hash === null || !('update' in hash) || !('digest' in hash)) return false
  return [...WORDS, '_len'].every((name) => typeof Reflect.get(hash, name) === 'number')
}
