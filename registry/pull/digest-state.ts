import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import type { DigestState } from '../../layer-store/index.ts'
import { parseJson } from '../transport/answer-failure.ts'

const BLOCK_BYTES = 64
const WORDS = 8

/** The state of an interrupted download. One beyond the file's end is of no use: the machine lost what was written last. */
export async function readDigestState(statePath: string, fileBytes: number): Promise<DigestState | undefined> {
  const text = await readFile(statePath, 'utf8').catch(() => '') // without it the file is digested from its start
  const state = parseDigestState(parseJson(text))
  return state !== undefined && state.position <= fileBytes ? state : undefined
}

/** Saves states one after another; those that came while one was being written are replaced by the last of them. */
export interface StateSaver {
  save(state: DigestState): void
  /** Resolves when the last state is saved; rejects if one could not be. */
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

/** By rename: a state is whole or old. */
async function saveState(statePath: string, state: DigestState): Promise<void> {
  const fresh = `${statePath}.new`
  try {
    await writeFile(fresh, JSON.stringify(state), { mode: 0o600 })
    await rename(fresh, statePath)
  } finally {
    await rm(fresh, { force: true })
  }
}

/** A state that a file gave; anything else is not a state. */
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
