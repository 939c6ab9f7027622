/** The room's functions, loaded on first use: a build found entirely in the cache needs none. */
export async function compareImages(...args: Parameters<typeof import('./compare/compare-images.ts').compareImages>) {
  return (await import('./compare/compare-images.ts')).compareImages(...args)
}

export async function copyImage(...args: Parameters<typeof import('./copy/copy-image.ts').copyImage>) {
  return (await import('./copy/copy-image.ts')).copyImage(...args)
}

export async function saveImages(...args: Parameters<typeof import('./archives/save-images.ts').saveImages>) {
  return (await import('./archives/save-images.ts')).saveImages(...args)
}

export async function exportArchive(...args: Parameters<typeof import('./archives/to-archive.ts').exportArchive>) {
  return (await import('./archives/to-archive.ts')).exportArchive(...args)
}

export async function loadArchive(...args: Parameters<typeof import('./archives/load-archive.ts').loadArchive>) {
  return (await import('./archives/load-archive.ts')).loadArchive(...args)
}

export async function importTree(...args: Parameters<typeof import('./archives/import-tree.ts').importTree>) {
  return (await import('./archives/import-tree.ts')).importTree(...args)
}

export async function exportLayout(...args: Parameters<typeof import('./layouts/to-layout.ts').exportLayout>) {
  return (await import('./layouts/to-layout.ts')).exportLayout(...args)
}

export async function pinLayout(...args: Parameters<typeof import('./layouts/oci-layout.ts').pinLayout>) {
  return (await import('./layouts/oci-layout.ts')).pinLayout(...args)
}

export async function readCache(...args: Parameters<typeof import('./remote-cache/transfer-cache.ts').readCache>) {
  return (await import('./remote-cache/transfer-cache.ts')).readCache(...args)
}

export async function writeInlineCache(
  ...args: Parameters<typeof import('./remote-cache/inline-cache.ts').writeInlineCache>
) {
  return (await import('./remote-cache/inline-cache.ts')).writeInlineCache(...args)
}

export async function writeCache(...args: Parameters<typeof import('./remote-cache/transfer-cache.ts').writeCache>) {
  return (await import('./remote-cache/transfer-cache.ts')).writeCache(...args)
}

export async function pullImage(...args: Parameters<typeof import('./transfer/pull-image.ts').pullImage>) {
  return (await import('./transfer/pull-image.ts')).pullImage(...args)
}

export async function pushImage(...args: Parameters<typeof import('./transfer/push-image.ts').pushImage>) {
  return (await import('./transfer/push-image.ts')).pushImage(...args)
}

export async function readCachedMounts(
  ...args: Parameters<typeof import('./remote-cache/transfer-mounts.ts').readCachedMounts>
) {
  return (await import('./remote-cache/transfer-mounts.ts')).readCachedMounts(...args)
}

export async function withCachedMount(
  ...args: Parameters<typeof import('./remote-cache/transfer-mounts.ts').withCachedMount>
) {
  return (await import('./remote-cache/transfer-mounts.ts')).withCachedMount(...args)
}

export async function writeCachedMounts(
  ...args: Parameters<typeof import('./remote-cache/transfer-mounts.ts').writeCachedMounts>
) {
  return (await import('./remote-cache/transfer-mounts.ts')).writeCachedMounts(...args)
}

export async function inspectRemote(...args: Parameters<typeof import('./remote/inspect-remote.ts').inspectRemote>) {
  return (await import('./remote/inspect-remote.ts')).inspectRemote(...args)
}

export function openManifestLists() {
  return import('./manifest-lists/index.ts')
}
