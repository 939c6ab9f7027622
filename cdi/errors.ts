/** A device that cannot be given. Whoever asked for it reports it under a code of its own. */
export class CdiError extends Error {
  override readonly name = 'CdiError'
  readonly hint: string | undefined
  constructor(message: string, more: { hint?: string } = {}) {
    super(message)
    this.hint = more.hint
  }
}

/** SPEC: CDI: a later directory takes precedence. */
export const DIRECTORIES = ['/etc/cdi', '/var/run/cdi']

export function unknownDevice(name: string, known: readonly { readonly name: string }[]): CdiError {
  const names = known.slice(0, 10).map((device) => device.name)
  const hint =
    names.length === 0
      ? `Install a CDI specification of the vendor in ${DIRECTORIES.join(' or ')}`
      : `Available are ${names.join(', ')}`
  return new CdiError(`Cannot give the device "${name}": no CDI specification has it`, { hint })
}

export function unusableSpec(path: string, found: string): CdiError {
  return new CdiError(`Cannot use the CDI specification "${path}": ${found}`)
}
