/** A device that cannot be provided. The caller reports it with its own code. */
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

interface Known {
  readonly devices: readonly { readonly name: string }[]
  readonly unusable: readonly Error[]
}

export function unknownDevice(name: string, known: Known): CdiError {
  return new CdiError(`Cannot add device "${name}": not in any CDI specification`, { hint: hintFor(known) })
}

function hintFor({ devices, unusable: [broken] }: Known): string {
  if (broken !== undefined) return broken.message.replace(/^Cannot use/, 'Correct')
  if (devices.length === 0) return `Install a CDI specification of the vendor in ${DIRECTORIES.join(' or ')}`
  const names = devices.slice(0, 10).map((device) => device.name)
  return `Available are ${names.join(', ')}`
}

export function unusableSpec(path: string, found: string): CdiError {
  return new CdiError(`Cannot use the CDI specification "${path}": ${found}`)
}
