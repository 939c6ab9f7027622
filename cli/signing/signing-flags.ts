import type { FlagTable } from '../flags/flag-table.ts'
import { tlsVerifyFlag } from '../flags/tls-verify.ts'

/** Flags of commands that sign objects in a registry. */
export const signingFlags = {
  key: {
    kind: 'string',
    value: 'file',
    help: 'Private key, as tsbuild key generate or cosign writes it',
    completes: 'file',
  },
  'tls-verify': tlsVerifyFlag,
} as const satisfies FlagTable
