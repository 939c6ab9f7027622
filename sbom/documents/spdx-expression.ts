import parse from 'spdx-expression-parse'

const MAX_LENGTH = 1024

/** The licence if it is an expression of SPDX's own identifiers, which documents check. */
export function spdxExpression(license: string | undefined): string | undefined {
  if (license === undefined || license.length > MAX_LENGTH) return undefined
  try {
    parse(license)
    return license
  } catch {
    return undefined
  }
}
