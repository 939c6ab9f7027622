import { StoreError } from '../../layer-store/index.ts'
import { RegistryError } from '../../registry/index.ts'

/** Whether the content received does not match its digest. */
export function isDigestMismatch(failure: unknown): boolean {
  if (failure instanceof RegistryError) return failure.code === 'REGISTRY_DIGEST_MISMATCH'
  return failure instanceof StoreError && /^STORE_(DIGEST|SIZE)_MISMATCH$/.test(failure.code)
}

/** Likewise, for the pulled image. */
export function digestMismatch(object: string, cause: unknown): RegistryError {
  const message = `Cannot pull "${object}": the content does not match its digest, also when fetched again`
  return new RegistryError('REGISTRY_DIGEST_MISMATCH', message, {
    cause,
    hint: 'Report it to the operator of the registry, mirror or proxy that alters the content',
  })
}
