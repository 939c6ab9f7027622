import { type ExtraHost, parseExtraHost } from '../../notation/index.ts'
import { usageError } from '../errors.ts'

/** A value of `--add-host`. */
export function extraHostFlag(text: string): ExtraHost {
  const host = parseExtraHost(text)
  if (host !== undefined) return host
  throw usageError(`Cannot read "--add-host ${text}": not host:address (expected an IP address or host-gateway)`)
}
