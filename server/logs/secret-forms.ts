/** Forms in which a secret may be printed. */
export interface SecretForms {
  /** Unchanged, URL-encoded, and escaped as in JSON, shells and XML; without white space around it. */
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
  const texts = [secret.trim(), ...lines.filter((line) => line.length >= MIN_LINE_LENGTH)]
  return texts.flatMap((text) => [text, ...urlForms(text), ...jsonForms(text), ...shellForms(text), ...xmlForms(text)])
}

/** Programs differ in the characters that they encode, in the space, and in the case of the digits. */
function urlForms(text: string): readonly string[] {
  const common = encodeURIComponent(text)
  const strict = common.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  const forms = [common, strict, strict.replaceAll('%2A', '*'), strict.replaceAll('%2F', '/')]
  return forms
    .flatMap((form) => [form, form.replaceAll('%20', '+')])
    .flatMap((form) => [form, form.replace(/%../g, (code) => code.toLowerCase())])
}

/** As JavaScript, Go, Python and PHP escape it. */
function jsonForms(text: string): readonly string[] {
  const common = JSON.stringify(text).slice(1, -1)
  const ascii = common.replace(/[^\0-\x7f]/g, escaped)
  return [common, common.replace(/[<>&]/g, escaped), ascii, ascii.replaceAll('/', '\\/')]
}

/** Of `set -x` in bash and in dash and busybox; within double quotes; of bash's `printf %q`. */
function shellForms(text: string): readonly string[] {
  return [
    text.replaceAll("'", `'\\''`),
    text.replaceAll("'", `'"'"'`),
    text.replace(/["$`\\]/g, '\\$&'),
    text.replace(/[^\w@%+=:./\x80-\u{10ffff}-]/gu, '\\$&'),
  ]
}

/** As XML and HTML need it, and with the names and numbers that programs have for quotes. */
function xmlForms(text: string): readonly string[] {
  const common = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  const double = ['"', '&quot;', '&#34;']
  const single = ["'", '&apos;', '&#39;', '&#x27;']
  return double.flatMap((one) => single.map((two) => common.replaceAll('"', one).replaceAll("'", two)))
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
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
