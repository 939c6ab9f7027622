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
