import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createStateSaver, parseDigestState, readDigestState } from '../../registry/pull/digest-state.ts'

const words = [1, 2, 3, 4, 5, 6, 7, 2 ** 32 - 1]

test('invalid data is not accepted as a state', () => {
  expect(parseDigestState({ position: 64, words })).toEqual({ position: 64, words })
  for (const state of [
    undefined,
    null,
    {},
    { position: 63, words },
    { position: -64, words },
    { position: 64, words: [1] },
    { position: 64, words: [...words.slice(1), 2 ** 40] },
    { position: 64, words: [...words.slice(1), -1] },
  ]) {
    expect(parseDigestState(state)).toBeUndefined()
  }
})

test('the last saved state is restored, unless the file is shorter', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'tsbuild-digest-state-'))
  try {
    const path = join(folder, 'state')
    const saver = createStateSaver(path)
    for (let block = 1; block <= 100; block += 1) saver.save({ position: block * 64, words })
    await saver.settle()
    expect(await readDigestState(path, 6400)).toEqual({ position: 6400, words })
    expect(await readDigestState(path, 6399)).toBeUndefined()
    expect(await readdir(folder)).toEqual(['state'])
  } finally {
    await rm(folder, { recursive: true })
  }
})
