/** One text that must not be in an image. */
export interface SecretValue {
  /** Describes the owner of the value, without the value itself. */
  readonly name: string
  readonly value: Buffer
}

export interface SecretSources {
  /** IDs of the build's secrets. */
  readonly secrets: readonly string[]
  /** Undefined if the secret has no value. */
  readonly readSecret: (id: string) => Promise<Buffer | undefined>
  readonly buildArgs: Readonly<Record<string, string | undefined>>
  readonly env: Readonly<Record<string, string | undefined>>
}

/** `PGPASSWORD` as well as `PG_PASSWORD`; not `MONKEY` or `COMPAT`. */
const SECRET_NAME = /(?:TOKEN|PASSWORD|PASSWD|SECRET|CREDENTIALS?|APIKEY|(?:^|_)(?:KEY|PAT))$/i
const USUAL = /^(?:password|passw0rd|changeme|postgres|secret|example|default|testtest)[0-9!]*$/i
/** Alone or assigned: a URL without a user. */
const PUBLIC_ADDRESS = /^(?:[^=\s]+\s*=\s*)?["']?https?:\/\/[^@\s]*$/i
const MIN_BYTES = 8
const MIN_LINE_BYTES = 16
const MIN_DIFFERENT = 5
const MAX_VALUES = 500

/** Values of secrets, and of variables and build arguments whose names are those of secrets. */
export async function secretValues(sources: SecretSources): Promise<readonly SecretValue[]> {
  const { secrets, readSecret, buildArgs, env } = sources
  const own: SecretValue[] = []
  for (const id of secrets) {
    const bytes = await readSecret(id)
    if (bytes !== undefined) own.push(...partsOf(bytes).map((value) => ({ name: `secret "${id}"`, value })))
  }
  const variables = [...named('build argument', buildArgs), ...named('variable', env)]
  const seen = new Set<string>()
  return [...own, ...variables]
    .filter(
      ({ value }) => isDistinctive(value) && !seen.has(value.toString('latin1')) && seen.add(value.toString('latin1')),
    )
    .slice(0, MAX_VALUES)
}

/**
 * The whole value without its trailing newline; for several lines, each long line, and the value of an assignment in
 * it.
 */
function partsOf(bytes: Buffer): readonly Buffer[] {
  const whole = Buffer.from(bytes.toString('latin1').replace(/[\r\n]+$/, ''), 'latin1')
  const lines = whole.toString('latin1').split(/\r?\n/)
  const assigned = lines.flatMap((line) => /^[^=\s]+\s*=\s*["']?([^"'\s]+)["']?$/.exec(line.trim())?.[1] ?? [])
  const parts = [...(lines.length > 1 ? lines.map((line) => line.trim()) : []), ...assigned]
  return [
    whole,
    ...parts
      .filter((part) => part.length >= MIN_LINE_BYTES && !PUBLIC_ADDRESS.test(part))
      .map((part) => Buffer.from(part, 'latin1')),
  ]
}

function named(what: string, texts: Readonly<Record<string, string | undefined>>): readonly SecretValue[] {
  return Object.entries(texts).flatMap(([name, text = '']) => {
    // A path or common word may be in images for other reasons.
    if (!SECRET_NAME.test(name) || /^[/~.]/.test(text) || USUAL.test(text)) return []
    return [{ name: `${what} ${name}`, value: Buffer.from(text.trim()) }]
  })
}

function isDistinctive(value: Buffer): boolean {
  if (value.length < MIN_BYTES || new Set(value).size < MIN_DIFFERENT) return false
  return value.length >= MIN_LINE_BYTES || !/^(?:[a-z]+|[A-Z]+|[0-9]+)$/.test(value.toString('latin1'))
}
