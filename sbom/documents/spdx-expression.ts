import parse from 'spdx-expression-parse'

const MAX_LENGTH = 1024

/**
 * The license if it is an expression of SPDX's identifiers and `LicenseRef-` names. `DocumentRef-` names licenses of
 * another document, which an image does not contain.
 */
export function spdxExpression(license: string | undefined): string | undefined {
  if (license === undefined || license.length > MAX_LENGTH || license.includes('DocumentRef-')) return undefined
  try {
    parse(license)
    return license
  } catch {
    return undefined
  }
}

/** SPEC: SPDX, annex D: licenses outside SPDX's list, as Fedora's packages name them. */
export function licenseRefsIn(expression: string): readonly string[] {
  return expression.match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? []
}
