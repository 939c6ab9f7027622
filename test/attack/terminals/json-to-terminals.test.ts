import { beforeAll, expect, test } from 'vitest'
import { importBusybox } from '../../end-to-end/bases.ts'
import { createTsbuild } from '../../end-to-end/tsbuild.ts'

const tsbuild = createTsbuild()
/** Control sequences that JSON does not have to escape: a title, a cleared screen and reversed text. */
const STEERING = '\u009d0;title\u009c\u009b2J\u007f\u202e\u{e0041}'

beforeAll(async () => {
  await importBusybox(tsbuild)
  const flags = ['--label', `steering=${STEERING}`, '--label', `${STEERING}=key`, '--env', `S=${STEERING}`]
  await tsbuild.ok('create', '--name', 'steering', ...flags, 'busybox', STEERING)
  await tsbuild.ok('commit', '--message', STEERING, 'steering', 'steering')
})

test.each([
  [['inspect', 'steering']],
  [['image', 'inspect', 'steering']],
  [['inspect', '--format', 'json', 'steering']],
  [['inspect', '--format', '{{json .}}', 'steering']],
  [['events', '--since', '1h', '--until', '0s', '--format', 'json']],
  [['ps', '-a', '--no-trunc', '--format', 'json']],
  [['history', '--no-trunc', '--format', 'json', 'steering']],
  [['image', 'diff', '--format', 'json', 'busybox', 'steering']],
  [['ps', '-a', '--no-trunc']],
  [['history', '--no-trunc', 'steering']],
])('%j sends no control sequences to the terminal, and its JSON contains the original text', async (words) => {
  const stdout = await tsbuild.ok(...words)
  expect(stdout).not.toMatch(/[\u007f-\u009f\u202e\u{e0041}]/u)
  if (stdout.startsWith('[') || stdout.startsWith('{'))
    expect(stdout).toContain('\\u009b2J\\u007f\\u202e\\udb40\\udc41')
  for (const line of words.includes('json') ? stdout.split('\n') : []) expect(() => JSON.parse(line)).not.toThrow()
})
