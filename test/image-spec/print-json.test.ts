import { expect, test } from 'vitest'
import { printJson } from '../../image-spec/print-json.ts'

/** Recorded from Go 1.26: json.Marshal. */
test('printJson() writes what Go writes', () => {
  const document = { run: 'a && b > "c" < d', line: '\u2028\u2029', control: '\b\f\n\r\t\u0001\u007f', text: "ä☃'/" }
  const go = String.raw`{"run":"a \u0026\u0026 b \u003e \"c\" \u003c d","line":"\u2028\u2029","control":"\b\f\n\r\t\u0001`
  expect(printJson(document)).toBe(`${go}\u007f","text":"ä☃'/"}`)
  expect(JSON.parse(printJson(document))).toEqual(document)
})
