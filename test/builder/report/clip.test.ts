import { expect, test } from 'vitest'
import { clip } from '../../../builder/report/clip.ts'

test.each([
  ['RUN make', 8, 'RUN make'],
  ['RUN make', 7, 'RUN ma…'],
  ['日本語', 6, '日本語'],
  ['日本語', 5, '日本…'],
  ['a👩‍👩‍👧b', 4, 'a👩‍👩‍👧b'],
  ['a👩‍👩‍👧bc', 4, 'a👩‍👩‍👧…'],
  ['e\u0301a', 1, '…'],
  ['RUN', 0, ''],
])('clip(%j, %d)', (text, columns, clipped) => expect(clip(text, columns)).toBe(clipped))
