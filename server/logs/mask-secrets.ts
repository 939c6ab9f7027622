const MASK = '***'
/** Shorter ones would blank out ordinary words. */
const MIN_LENGTH = 4

export interface Mask {
  /** Text that may be shown now; the rest is held back while it may be the start of a secret. */
  push(text: string): string
  end(): string
}

/** SECURITY: a step may print a secret, plain or in base64, and in pieces. */
export function createMask(secrets: Iterable<string>): () => Mask {
  const forms = [...new Set([...secrets].flatMap(formsOf))].sort((a, b) => b.length - a.length)
  if (forms.length === 0) return () => ({ push: (text) => text, end: () => '' })
  const pattern = new RegExp(forms.map((form) => form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g')
  const longest = forms[0]?.length ?? 0
  return () => {
    let held = ''
    return {
      push: (text) => {
        const masked = (held + text).replace(pattern, MASK)
        const safe = masked.length - heldLength(masked, forms, longest)
        held = masked.slice(safe)
        return masked.slice(0, safe)
      },
      end: () => {
        const rest = held
        held = ''
        return rest
      },
    }
  }
}

/** All at once. */
export function maskText(text: string, secrets: Iterable<string>): string {
  const mask = createMask(secrets)()
  return mask.push(text) + mask.end()
}

/** Lines of a key are secrets each: they are printed one by one. */
function formsOf(secret: string): readonly string[] {
  const lines = secret.split('\n').map((line) => line.trim())
  const plain = lines.length > 1 ? [secret, ...lines.filter((line) => line.length >= 16)] : [secret.trim()]
  const encoded = [Buffer.from(secret).toString('base64').replace(/=+$/, ''), encodeURIComponent(secret)]
  return [...plain, ...encoded].filter((form) => form.length >= MIN_LENGTH)
}

/** Of the longest end of the text that is the beginning of a form. */
function heldLength(text: string, forms: readonly string[], longest: number): number {
  for (let length = Math.min(longest - 1, text.length); length > 0; length -= 1) {
    const end = text.slice(-length)
    if (forms.some((form) => form.length > length && form.startsWith(end))) return length
  }
  return 0
}
