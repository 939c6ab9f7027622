import { expect, test } from 'vitest'
import { type ContainerRecord, commandText } from '../../../container/index.ts'

/** Recorded from docker ps --no-trunc. */
test('commandText() quotes arguments with blanks, and nothing within them, as docker does', () => {
  const argv = ['a b', 'c"d', "e'f g", '', 'h\ti', 'j\nk', 'l;m']
  const record = { argv } as unknown as ContainerRecord // the other fields are not read
  expect(commandText(record, true)).toBe(String.raw`"a b c\"d 'e'f g'  h\ti j\nk l;m"`)
  expect(commandText(record)).toBe(String.raw`"a b c\"d 'e'f g'  h\t…"`)
})
