import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSubject, type Subject } from './build-with-tsbuild.ts'
import { type ConformanceCase, listCases } from './conformance-case.ts'
import { differences } from './differences.ts'
import { readExpectation, withText, writeExpectation } from './expectation.ts'

const cases = listCases(join(import.meta.dirname, 'cases'))
let subject: Subject

beforeAll(async () => {
  subject = await openSubject()
})

afterAll(() => subject.close())

describe('tsbuild agrees with docker build', () => {
  for (const asked of cases) {
    const { known } = asked.options
    if (known === undefined) test.concurrent(asked.name, async () => expect(await differencesOf(asked)).toBe(''))
    else test.concurrent(`${asked.name}, but for a known difference: ${known}`, () => stillDiffers(asked))
  }
})

async function stillDiffers(asked: ConformanceCase): Promise<void> {
  expect(await differencesOf(asked), 'it is as expected now: drop "known" from its case.json').not.toBe('')
}

/**
 * UPDATE_GOLDEN=1 rewrites the expectations that follow the reference alone, and the text of histories that follow
 * BuildKit 0.34: review the diff.
 */
async function differencesOf(asked: ConformanceCase): Promise<string> {
  const outcome = await subject.build(asked)
  const { reference, equivalent, refused, history } = asked.options
  const isWrittenByHand = reference !== undefined && equivalent === undefined && refused === undefined
  if (process.env['UPDATE_GOLDEN'] === '1' && isWrittenByHand) writeExpectation(asked, outcome, 'reference')
  const expected = readExpectation(asked)
  if (
    process.env['UPDATE_GOLDEN'] === '1' &&
    history !== undefined &&
    !('refused' in expected) &&
    !('refused' in outcome)
  ) {
    const { source, reason: _, ...before } = expected
    writeExpectation(asked, { ...before, history: withText(before.history, outcome.history) }, source)
  }
  return differences(readExpectation(asked), outcome).join('\n')
}
