import { splitPair } from '../../notation/index.ts'
import { usageError } from '../errors.ts'

export const signatureAnnotationFlag = { kind: 'list', short: 'a', value: 'key=value' } as const

/** `-a key=value` of sign and verify. */
export function parseSignatureAnnotations(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const [key, value] = splitPair(text)
      if (key === '' || value === undefined)
        throw usageError(`Cannot use annotation "${text}": it has no value (expected key=value)`)
      return [key, value]
    }),
  )
}
