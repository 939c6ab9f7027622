import { expect, test } from 'vitest'
import { printJson } from '../../image-spec/print-json.ts'

/** Recorded from json.Marshal of Go 1.26. */
test('printJson() has the format of Go', () => {
  const document = { run: 'a && b > "c" < d', line: '\u2028\u2029', control: '\b\f\n\r\t\u0001\u007f', text: "ä☃'/" }
  const go = String.raw`{"run":"a \u0026\u0026 b \u003e \"c\" \u003c d","line":"\u2028\u2029","control":"\b\f\n\r\t\u0001`
  expect(printJson(document)).toBe(`${go}\u007f","text":"ä☃'/"}`)
  expect(JSON.parse(printJson(document))).toEqual(document)
})
