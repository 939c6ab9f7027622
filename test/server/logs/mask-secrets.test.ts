import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMask, maskText } from '../../../server/logs/mask-secrets.ts'

test('a secret is masked plain, in base64, URL-encoded, and line by line', () => {
  const secrets = ['p4$$ word/1', '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END KEY-----\n']
  expect(maskText('a p4$$ word/1 b', secrets)).toBe('a *** b')
  expect(maskText(Buffer.from('p4$$ word/1').toString('base64'), secrets)).not.toContain('cDQk')
  expect(maskText('?x=p4%24%24%20word%2F1&y', secrets)).toBe('?x=***&y')
  expect(maskText('MIIEvQIBADANBgkqhkiG9w0B', secrets)).toBe('***')
})

test('a secret in pieces is masked wherever it is cut', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 8 })), fc.array(fc.nat(40)), (around, cuts) => {
      const text = `${around.join('')}hunter22hunter2${around.join('')}`
      const mask = createMask(['hunter2'])()
      let [shown, at] = ['', 0]
      for (const cut of cuts) {
        shown += mask.push(text.slice(at, at + cut))
        at += cut
      }
      shown += mask.push(text.slice(at)) + mask.end()
      expect(shown).toBe(text.replaceAll('hunter2', '***'))
    }),
  )
})

test('text that only begins as a secret does is not lost, and is shown when the next part decides', () => {
  const mask = createMask(['hunter2'])()
  expect(mask.push('progress: hun')).toBe('progress: ')
  expect(mask.push('dred')).toBe('hundred')
  expect(mask.push('hunt') + mask.end()).toBe('hunt')
})
