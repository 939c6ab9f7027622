/**
 * Masks secrets. SECURITY: a registry may echo a password or token in its response
 * (test/attack/registries/credentials-elsewhere.test.ts).
 */
export interface Redactor {
  /** Masks this text from now on, also in base64. */
  learn(secret: string): void
  mask(text: string): string
}

const MASK = '***'

export function createRedactor(): Redactor {
  const secrets = new Set<string>()
  return {
    learn: (secret) => {
      if (secret.length < 4) return // masking "a" everywhere would hide the message itself
      secrets.add(secret)
      secrets.add(encodeURIComponent(secret))
      secrets.add(Buffer.from(secret).toString('base64'))
    },
    mask: (text) => {
      let masked = text
      for (const secret of secrets) masked = masked.replaceAll(secret, MASK)
      return masked
        .replace(/\b(Basic|Bearer)\s+[A-Za-z0-9+/=._~-]{8,}/gi, `$1 ${MASK}`)
        .replace(/(\/\/)[^/\s@]*@/g, `$1${MASK}@`)
    },
  }
}
