import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { DigestState } from '../../layer-store/index.ts'
import { parseJson } from '../transport/response-error.ts'

const BLOCK_BYTES = 64
const WORDS = 8

/** The state of an interrupted download. A state beyond the file's end is useless: the machine lost the last writes. */
export async function readDigestState(statePath: string, fileBytes: number): Promise<DigestState | undefined> {
  const text = await readFile(statePath, 'utf8').catch(() => '') // without it, the file is hashed from the start
  const state = parseDigestState(parseJson(text))
  return state !== undefined && state.position <= fileBytes ? state : undefined
}

/** Saves states one at a time; of those that arrive during a write, only the last is saved. */
export interface StateSaver {
  save(state: DigestState): void
  /** Resolves once the last state is saved; rejects if saving failed. */
  settle(): Promise<void>
}

export function createStateSaver(statePath: string): StateSaver {
  let next: DigestState | undefined
  let running: Promise<void> | undefined
  const run = async (): Promise<void> => {
    for (let state = next; state !== undefined; state = next) {
      next = undefined
      await saveState(statePath, state)
    }
  }
  return {
    save: (state) => {
      next = state
      running = (running ?? Promise.resolve()).then(run)
      running.catch(() => {}) // settle() reports it
    },
    settle: async () => running,
  }
}

/** By rename: the file has a complete state, old or new. */
async function saveState(statePath: string, state: DigestState): Promise<void> {
  const fresh = `${statePath}.new`
  try {
    await writeFile(fresh, JSON.stringify(state), { mode: 0o600 })
    await rename(fresh, statePath)
  } finally {
    await rm(fresh, { force: true })
  }
}

/** Validates a state read from a file; undefined if it is invalid. */
export function parseDigestState(value: unknown): DigestState | undefined {
  if (typeof value !== 'object' || value === null || !('position' in value) || !('words' in value)) return undefined
  const { position, words } = value
  const isPosition = typeof position === 'number' && Number.isSafeInteger(position) && position >= 0
  if (!isPosition || position % BLOCK_BYTES !== 0) return undefined
  if (!Array.isArray(words) || words.length !== WORDS || !words.every(isWord)) return undefined
  return { position, words }
}

function isWord(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value === value >>> 0
}
