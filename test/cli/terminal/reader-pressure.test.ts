import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { readerPressure } from '../../../cli/terminal/reader-pressure.ts'

/** Holds written data until it is released. */
function stuckReader() {
  const held: (() => void)[] = []
  const stream = new Writable({ highWaterMark: 4, write: (_chunk, _encoding, done) => void held.push(done) })
  return { stream, take: () => held.shift()?.() }
}

test('there is none while the reader keeps up', () => {
  const { stream } = stuckReader()
  expect(readerPressure(stream)()).toBeUndefined()
})

test('all waiting writers share one promise, which resolves when the reader has taken what was written', async () => {
  const { stream, take } = stuckReader()
  const pressure = readerPressure(stream)
  stream.write('longer than the mark')
  const relief = pressure()
  expect(relief).toBeInstanceOf(Promise)
  expect(pressure()).toBe(relief)
  take()
  await relief
  expect(pressure()).toBeUndefined()
  expect(stream.listenerCount('drain')).toBe(0)
})

test('a reader that disconnects releases the waiting writers', async () => {
  const { stream } = stuckReader()
  const pressure = readerPressure(stream)
  stream.write('longer than the mark')
  const relief = pressure()
  stream.destroy()
  await relief
  expect(pressure()).toBeUndefined()
})
