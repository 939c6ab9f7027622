/** Forms in which a secret may be printed. */
export interface SecretForms {
  /** Unchanged, URL-encoded, and escaped as in JSON. */
  readonly plain: readonly string[]
  /** In base64, in which programs insert line breaks at any position. */
  readonly base64: readonly string[]
}

/** Shorter ones would mask ordinary words. */
const MIN_LENGTH = 4
const MIN_BASE64_LENGTH = 6
const MIN_LINE_LENGTH = 16

/** Longest first. */
export function secretForms(secrets: Iterable<string>): SecretForms {
  const all = [...secrets]
  return {
    plain: longestFirst(all.flatMap(plainForms), MIN_LENGTH),
    base64: longestFirst(all.flatMap(base64Forms), MIN_BASE64_LENGTH),
  }
}

/** Each line of a key is a secret: lines are printed one by one. */
function plainForms(secret: string): readonly string[] {
  const lines = secret.split('\n').map((line) => line.trim())
  const texts = lines.length > 1 ? [secret, ...lines.filter((line) => line.length >= MIN_LINE_LENGTH)] : [secret.trim()]
  return texts.flatMap((text) => [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1)])
}

/** For each offset modulo three, as within `user:password`: without the characters that depend on adjacent bytes. */
function base64Forms(secret: string): readonly string[] {
  return [Buffer.from(secret), Buffer.from(secret.trim())].flatMap((bytes) =>
    [0, 1, 2].flatMap((before) => {
      const encoded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64')
      const whole = encoded.slice(Math.ceil((before * 8) / 6), Math.floor(((before + bytes.length) * 8) / 6))
      return [whole, whole.replaceAll('+', '-').replaceAll('/', '_')]
    }),
  )
}

function longestFirst(forms: readonly string[], minLength: number): readonly string[] {
  return [...new Set(forms)].filter((form) => form.length >= minLength).sort((a, b) => b.length - a.length)
}
