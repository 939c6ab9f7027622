import fc from 'fast-check'
import { expect, test } from 'vitest'
import { familiarName, fullName, ImageSpecError, parseReference } from '../../image-spec/index.ts'

test('a parsed reference survives printing in short and full form', () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,6}([._-][a-z0-9]{1,4})?$/)
  const host = fc.constantFrom('', 'localhost/', 'localhost:5000/', 'h.example.com/', '[::1]:80/', 'docker.io/')
  const tag = fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,9}$/))
  fc.assert(
    fc.property(host, fc.array(part, { minLength: 1, maxLength: 4 }), tag, (prefix, path, label) => {
      const reference = parseReference(`${prefix}${path.join('/')}${label === null ? '' : `:${label}`}`)
      expect(parseReference(fullName(reference))).toEqual(reference)
      expect(parseReference(familiarName(reference))).toEqual(reference)
    }),
  )
})

test('any text is parsed or refused with a coded error, quickly', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (text) => {
      try {
        parseReference(text)
      } catch (error) {
        expect(error).toBeInstanceOf(ImageSpecError)
      }
    }),
  )
})
