/** Work on images beside building. Each part is loaded when it is first used. */
export async function saveImages(...args: Parameters<typeof import('./export/save-images.ts').saveImages>) {
  return (await import('./export/save-images.ts')).saveImages(...args)
}

export async function loadArchive(...args: Parameters<typeof import('./export/load-archive.ts').loadArchive>) {
  return (await import('./export/load-archive.ts')).loadArchive(...args)
}

export async function importTree(...args: Parameters<typeof import('./export/import-tree.ts').importTree>) {
  return (await import('./export/import-tree.ts')).importTree(...args)
}

export async function pullImage(...args: Parameters<typeof import('./transfer/pull-image.ts').pullImage>) {
  return (await import('./transfer/pull-image.ts')).pullImage(...args)
}

export async function pushImage(...args: Parameters<typeof import('./transfer/push-image.ts').pushImage>) {
  return (await import('./transfer/push-image.ts')).pushImage(...args)
}

export async function applyChanges(...args: Parameters<typeof import('./graph/apply-changes.ts').applyChanges>) {
  return (await import('./graph/apply-changes.ts')).applyChanges(...args)
}

export async function slsaPredicate(
  ...args: Parameters<typeof import('./provenance/slsa-predicate.ts').slsaPredicate>
) {
  return (await import('./provenance/slsa-predicate.ts')).slsaPredicate(...args)
}
