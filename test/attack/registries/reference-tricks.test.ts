import { describe, expect, test } from 'vitest'
import { parseReference } from '../../../image-spec/index.ts'

/** SECURITY: a reference becomes part of URLs and file paths (certs.d) and must not traverse or split them. */
describe('malicious references', () => {
  const tricks = [
    '../../etc/passwd',
    'host.com/../../v2/_catalog',
    'host.com/a/../b',
    'host.com/a/%2e%2e/b',
    'host.com/a?x=1',
    'host.com/a#b',
    'host.com/a\\..\\b',
    'host.com\\@evil.com/a',
    'host.com/a\r\nX-Header: 1',
    'host.com/a:tag/../../x',
    'host.com/a:tag\u0000',
    '../certs/a',
    '..:1/a',
    './a',
    'user:secret@host.com/app',
    'https://user:secret@host.com/app',
    'user:secret@host.com:5000/app:tag',
  ]
  for (const text of tricks) {
    test(`${JSON.stringify(text)} is refused without printing secrets or control characters`, () => {
      let message = ''
      try {
        parseReference(text)
      } catch (error) {
        message = error instanceof Error ? `${error.message} ${'hint' in error ? error.hint : ''}` : ''
      }
      expect(message).toMatch(/^Cannot read image reference/)
      expect(message).not.toContain('secret')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: the characters looked for
      expect(message).not.toMatch(/[\u0000-\u001f]/)
    })
  }
})
