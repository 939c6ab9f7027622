/** Parts of a build for other callers, loaded on first use. */
export async function applyChanges(...args: Parameters<typeof import('./apply-changes.ts').applyChanges>) {
  return (await import('./apply-changes.ts')).applyChanges(...args)
}

export async function slsaPredicate(...args: Parameters<typeof import('../finish/slsa-predicate.ts').slsaPredicate>) {
  return (await import('../finish/slsa-predicate.ts')).slsaPredicate(...args)
}
