import type { Containers } from '../../container/index.ts'

/** The output of `docker inspect` for a container, with sizes if requested. */
export async function containerDocument(containers: Containers, name: string, withSize: boolean): Promise<unknown> {
  const document = await containers.inspect(name)
  if (!withSize) return document
  const [record] = await containers.list({ all: true, size: true, filters: { id: [document.Id] } })
  return { ...document, SizeRw: record?.sizes?.writableBytes ?? 0, SizeRootFs: record?.sizes?.rootfsBytes ?? 0 }
}
