import type { LayerFiles, PlatformImage } from '../api/index.ts'

/** Adds what each layer wastes: bytes of listed files below that it replaces or removes. */
export function withWaste(image: PlatformImage, files: ReadonlyMap<string, LayerFiles>): PlatformImage {
  const below = new Map<string, number>()
  const layers = image.layers.map((layer) => {
    const listed = files.get(layer.diffId)
    let wastedBytes = 0
    const forget = (path: string): void => {
      wastedBytes += below.get(path) ?? 0
      below.delete(path)
    }
    for (const file of listed?.files ?? []) {
      if (file.kind === 'whiteout') {
        for (const path of below.keys()) if (path.startsWith(`${file.path}/`)) forget(path)
      }
      if (file.kind !== 'directory') forget(file.path)
    }
    for (const file of listed?.files ?? []) if (file.kind === 'file') below.set(file.path, file.sizeBytes)
    return { ...layer, fileCount: listed?.fileCount ?? 0, wastedBytes }
  })
  return { ...image, layers, wastedBytes: layers.reduce((sum, { wastedBytes }) => sum + wastedBytes, 0) }
}
