import type { FlagTable } from '../flags/flag-table.ts'
import { tlsVerifyFlag } from '../flags/tls-verify.ts'

/** Flags of `pull` and `push`. */
export const transferFlags = {
  'disable-content-trust': {
    kind: 'bool',
    hidden: true,
    help: 'Accepted without effect: signatures are not checked',
  },
  quiet: { kind: 'bool', short: 'q', help: 'Suppress progress output' },
  'tls-verify': tlsVerifyFlag,
} as const satisfies FlagTable
