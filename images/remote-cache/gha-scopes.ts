import { parseUntrustedJson } from '../../image-spec/index.ts'

export interface GhaScope {
  readonly scope: string
  readonly isWritable: boolean
}

/**
 * SPEC: GitHub's token has a claim `ac`: branches whose entries the job may read or write (2). A token without it has a
 * single scope.
 */
export function scopesOf(token: string): readonly GhaScope[] {
  try {
    const claims: unknown = parseUntrustedJson(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    const text: unknown = typeof claims === 'object' && claims !== null ? Reflect.get(claims, 'ac') : undefined
    const list: unknown = typeof text === 'string' ? parseUntrustedJson(text) : undefined
    if (Array.isArray(list)) {
      return list.flatMap((one: unknown): readonly GhaScope[] => {
        if (typeof one !== 'object' || one === null) return []
        const [scope, permission]: unknown[] = [Reflect.get(one, 'Scope'), Reflect.get(one, 'Permission')]
        return typeof scope === 'string' ? [{ scope, isWritable: (Number(permission) & 2) !== 0 }] : []
      })
    }
  } catch {
    // not a GitHub token
  }
  return [{ scope: '', isWritable: true }]
}
