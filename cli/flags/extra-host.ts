import { type ExtraHost, parseExtraHost } from '../../notation/index.ts'
import { usageError } from '../errors.ts'

/** A value of `--add-host`. */
export function extraHostFlag(text: string): ExtraHost {
  const host = parseExtraHost(text)
  if (host !== undefined) return host
  const [, address] = /^[^:=\s]+[:=](\S+)$/.exec(text) ?? []
  if (address === undefined) throw usageError(`Cannot add host "${text}": invalid syntax (expected name:address)`)
  throw usageError(
    `Cannot add host "${text}": "${address}" is not an IP address (expected an IP address or host-gateway)`,
  )
}
