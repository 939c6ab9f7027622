/** Reads untrusted documents: every field may be missing or have another type. */
export class Fields {
  /** The raw value. */
  readonly value: unknown
  constructor(value: unknown) {
    this.value = value
  }

  at(...path: readonly string[]): Fields {
    let value = this.value
    for (const name of path) {
      value =
        typeof value === 'object' && value !== null && Object.hasOwn(value, name)
          ? (value as Record<string, unknown>)[name]
          : undefined
    }
    return new Fields(value)
  }

  isGiven(...path: readonly string[]): boolean {
    const value = this.at(...path).value
    return value !== undefined && value !== null
  }

  text(...path: readonly string[]): string | undefined {
    const value = this.at(...path).value
    return typeof value === 'string' ? storable(value) : undefined
  }

  number(...path: readonly string[]): number | undefined {
    const value = this.at(...path).value
    return typeof value === 'number' ? value : undefined
  }

  flag(...path: readonly string[]): boolean {
    return this.at(...path).value === true
  }

  list(...path: readonly string[]): readonly Fields[] {
    const value = this.at(...path).value
    return Array.isArray(value) ? value.map((one) => new Fields(one)) : []
  }

  texts(...path: readonly string[]): readonly string[] {
    return this.list(...path).flatMap((one) => one.text() ?? [])
  }
}

/** PostgreSQL does not allow NUL in texts or unpaired surrogates in JSON. */
function storable(text: string): string {
  return text.replace(/\0|\p{Surrogate}/gu, '\ufffd')
}
