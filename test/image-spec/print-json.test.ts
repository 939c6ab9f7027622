import { expect, test } from 'vitest'
import { parseImageConfig, printImageConfig } from '../../image-spec/index.ts'
import { printJson } from '../../image-spec/print-json.ts'

/** Recorded from json.Marshal of Go 1.26. */
test('printJson() has the format of Go', () => {
  const document = { run: 'a && b > "c" < d', line: '\u2028\u2029', control: '\b\f\n\r\t\u0001\u007f', text: "ä☃'/" }
  const go = String.raw`{"run":"a \u0026\u0026 b \u003e \"c\" \u003c d","line":"\u2028\u2029","control":"\b\f\n\r\t\u0001`
  expect(printJson(document)).toBe(`${go}\u007f","text":"ä☃'/"}`)
  expect(JSON.parse(printJson(document))).toEqual(document)
})

/** 2^63 - 1 is beyond the whole numbers of JavaScript, and Go refuses 2^63. */
test("Go's greatest integer is read and printed, but not changed within texts", () => {
  const label = String.raw`{\"Interval\":9223372036854776000}`
  const config = `{"Labels":{"l":"${label}"},"Healthcheck":{"Interval":9223372036854775807,"Retries":-9}}`
  const text = `{"architecture":"a","config":${config},"created":null,"history":null,"os":"linux","rootfs":{"type":"layers","diff_ids":null}}`
  expect(printImageConfig(parseImageConfig(Buffer.from(text)))).toBe(text)
})

test('empty lists of settings are omitted', () => {
  const rootfs = { type: 'layers', diff_ids: [] }
  const config = { Env: [], Cmd: [], Entrypoint: [], Shell: [], OnBuild: [], Healthcheck: { Test: [], Retries: 2 } }
  const document = { architecture: 'a', os: 'linux', config, rootfs }
  expect(parseImageConfig(Buffer.from(JSON.stringify(document))).config).toEqual({ Healthcheck: { Retries: 2 } })
})
