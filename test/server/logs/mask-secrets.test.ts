import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createMask, maskText } from '../../../server/logs/mask-secrets.ts'

test('secrets are masked as they are, in base64, URL-encoded, and line by line', () => {
  const secrets = ['p4$$ word/1', '-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END KEY-----\n']
  expect(maskText('a p4$$ word/1 b', secrets)).toBe('a *** b')
  expect(maskText(Buffer.from('p4$$ word/1').toString('base64'), secrets)).not.toContain('cDQk')
  expect(maskText('?x=p4%24%24%20word%2F1&y', secrets)).toBe('?x=***&y')
  expect(maskText('MIIEvQIBADANBgkqhkiG9w0B', secrets)).toBe('***')
})

test('a secret in pieces is masked wherever it is split', () => {
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

test('secrets that overlap, or contain each other, are masked completely, wherever the text is split', () => {
  const secrets = ['abcdef', 'defghi', 'ghighi', 'longest-abcdef']
  const text = '1 abcdefghi 2 defghighi 3 longest-abcdefghi 4 abcdef'
  for (let cut = 0; cut <= text.length; cut += 1) {
    const mask = createMask(secrets)()
    const shown = mask.push(text.slice(0, cut)) + mask.push(text.slice(cut)) + mask.end()
    expect(shown.replace(/\*{3,}/g, '***')).toBe('1 *** 2 *** 3 *** 4 ***')
  }
})

test('text that only begins like a secret is shown once the next part decides', () => {
  const mask = createMask(['hunter2'])()
  expect(mask.push('progress: hun')).toBe('progress: ')
  expect(mask.push('dred')).toBe('hundred')
  expect(mask.push('hunt') + mask.end()).toBe('hunt')
})

test('a secret is masked in base64 within other text, at any offset and across line breaks', () => {
  const secret = `${'sup3r-s3cret/'.repeat(8)}end`
  for (const around of ['', 'u', 'user:', 'ab']) {
    const encoded = Buffer.from(`${around}${secret}${around}`).toString('base64')
    for (const width of [encoded.length, 76, 64, 5]) {
      const lines = encoded.replace(new RegExp(`.{1,${width}}`, 'g'), '$&\n')
      const shown = maskText(`before\n${lines}after\n`, [secret])
      expect([shown.startsWith('before\n'), shown.endsWith('after\n'), shown.length < 50]).toEqual([true, true, true])
      expect(shown.replaceAll('\n', '')).not.toMatch(/c3VwM3I|dXAzci1z|N1cDNyLX/)
    }
  }
})

test('a secret is masked when escaped in JSON, and in base64url', () => {
  expect(maskText('{"a":"qu\\"ote\\\\d"}', ['qu"ote\\d'])).toBe('{"a":"***"}')
  const secret = '>>>???>>>???'
  expect(maskText(Buffer.from(secret).toString('base64url'), [secret])).toBe('***')
})

test('if one secret is a prefix of another, the longer one is masked completely', () => {
  const mask = createMask(['abcdef', 'abcdef-ghi'])()
  expect(mask.push('x abcdef') + mask.push('-gh') + mask.push('i y') + mask.end()).toBe('x *** y')
  expect(mask.push('x abcdef') + mask.push('-go') + mask.end()).toBe('x ***-go')
})

test('masking a secret as long as a file takes linear time', () => {
  const secret = Array.from({ length: 8000 }, (_, index) => `${index}:`).join('')
  const mask = createMask([secret])()
  const text = `${'a line of a log\n'.repeat(1000)}${secret.slice(0, 100)}no\n${secret}\n`
  let shown = ''
  for (let at = 0; at < text.length; at += 512) shown += mask.push(text.slice(at, at + 512))
  shown += mask.end()
  expect(shown).toBe(`${'a line of a log\n'.repeat(1000)}${secret.slice(0, 100)}no\n***\n`)
})

test.each([
  ['a secret that repeats itself', 'ab'.repeat(30_000)],
  ['one that the log only begins', `${'ab'.repeat(30_000)}'&`],
  ['one whose base64 repeats itself', '\0'.repeat(40_000)],
])(
  'masking %s in a log that does, too, takes linear time, in large and in small pieces',
  (_, secret) => {
    const text = 'ab'.repeat(150_000) + 'A'.repeat(100_000)
    for (const size of [text.length, 4096, 50]) {
      const mask = createMask([secret])()
      let shown = ''
      for (let at = 0; at < text.length; at += size) shown += mask.push(text.slice(at, at + size))
      shown += mask.end()
      expect(shown.includes('ab')).toBe(!secret.endsWith('ab'))
      expect(shown.includes('A')).toBe(!secret.startsWith('\0'))
    }
  },
  60_000,
)

test('secrets that repeat themselves are masked completely, and nothing else, wherever the text is split', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 4, maxLength: 12 })
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '-'), maxLength: 60 })
  fc.assert(
    fc.property(fc.array(letters, { minLength: 1, maxLength: 3 }), text, fc.nat(20), (secrets, log, size) => {
      const mask = createMask(secrets)()
      let shown = ''
      for (let at = 0; at < log.length; at += size + 1) shown += mask.push(log.slice(at, at + size + 1))
      shown += mask.end()
      const hidden = new Set<number>()
      for (const secret of secrets) {
        for (let at = log.indexOf(secret); at >= 0; at = log.indexOf(secret, at + 1))
          for (let index = at; index < at + secret.length; index += 1) hidden.add(index)
      }
      const parts = [...log].map((char, index) => (hidden.has(index) ? '*' : char)).join('')
      expect(shown.replace(/\*+/g, '*')).toBe(parts.replace(/\*+/g, '*'))
    }),
  )
})

test('a secret with a newline at its end is masked without it', () => {
  expect(maskText('password=hunter2;', ['hunter2\n'])).toBe('password=***;')
  expect(maskText('hunter2\nnext', ['hunter2\r\n'])).toBe('***\nnext')
})

test.each([
  ['curl', 'Pa%24%24w0rd%21%20%28x%2A%2F%C3%A4'],
  ['encodeURIComponent()', 'Pa%24%24w0rd!%20(x*%2F%C3%A4'],
  ["Go's QueryEscape()", 'Pa%24%24w0rd%21+%28x%2A%2F%C3%A4'],
  ["Java's URLEncoder", 'Pa%24%24w0rd%21+%28x*%2F%C3%A4'],
  ["Python's quote()", 'Pa%24%24w0rd%21%20%28x%2A/%C3%A4'],
  ['.NET', 'Pa%24%24w0rd!+(x*%2f%c3%a4'],
])('a secret that %s has encoded for a URL is masked', (_, encoded) => {
  expect(maskText(`?x=${encoded}&y`, ['Pa$$w0rd! (x*/ä'])).toBe('?x=***&y')
})

test.each([
  ['JSON.stringify()', '<a&\\"ä/😀'],
  ["Go's Marshal()", '\\u003ca\\u0026\\"ä/😀'],
  ["Python's dumps()", '<a&\\"\\u00e4/\\ud83d\\ude00'],
  ["PHP's json_encode()", '<a&\\"\\u00e4\\/\\ud83d\\ude00'],
])('a secret that %s has escaped is masked', (_, escaped) => {
  expect(maskText(`{"x":"${escaped}"}`, ['<a&"ä/😀'])).toBe('{"x":"***"}')
})

test.each([
  ['set -x of bash', `'Pa'\\''s"$w&<\\/,;'`, "'***'"],
  ['set -x of busybox', `'Pa'"'"'s"$w&<\\/,;'`, "'***'"],
  ['printf %q', `Pa\\'s\\"\\$w\\&\\<\\\\/\\,\\;`, '***'],
  ['double quotes', `"Pa's\\"\\$w&<\\\\/,;"`, '"***"'],
  ['XML', `Pa's"$w&amp;&lt;\\/,;`, '***'],
  ["Python's html.escape()", `Pa&#x27;s&quot;$w&amp;&lt;\\/,;`, '***'],
  ["Go's EscapeText()", `Pa&#39;s&#34;$w&amp;&lt;\\/,;`, '***'],
])('a secret that is quoted as by %s is masked', (_, quoted, shown) => {
  expect(maskText(`+ x=${quoted}\n`, [`Pa's"$w&<\\/,;`])).toBe(`+ x=${shown}\n`)
})
