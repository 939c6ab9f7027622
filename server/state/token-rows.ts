import { createHash } from 'node:crypto'
import type { Scope } from '../api/index.ts'

export interface TokenHolder {
  readonly id: number
  readonly name: string
  readonly scope: Scope
}

export interface TokenRow {
  readonly [key: string]: unknown
  readonly id: number
  readonly name: string
  readonly scope: Scope
  readonly created_at: Date
  readonly expires_at: Date | null
  readonly last_used_at: Date | null
}

/** A plain hash is sufficient: the values are random, not chosen by users. */
export function hashOf(value: string): Buffer {
  return createHash('sha256').update(value).digest()
}

export function holderOf(row: TokenRow): TokenHolder {
  return { id: row.id, name: row.name, scope: row.scope }
}
