import type { LayerFiles, PlatformImage } from '../../api/index.ts'
import { findBuild } from '../../state/builds.ts'
import type { Queries } from '../../state/database.ts'
import { missing } from '../../state/missing.ts'
import type { Handler } from '../handler.ts'
import { numberIn } from '../read-input.ts'
import { withWaste } from '../with-waste.ts'

const showImage: Handler = async (c, { database }) => {
  const build = await findBuild(database, numberIn(c, 'build'))
  const images = await imagesOf(database, build.id)
  if (images.length === 0) throw missing('image of build', String(build.id))
  const { rows } = await database.query<{ id: number }>(
    `select id from builds where project = $1 and ref = $2 and state = 'succeeded' and id < $3 order by id desc limit 1`,
    [build.project, build.ref, build.id],
  )
  const before = rows[0]?.id
  const older = before === undefined ? [] : await imagesOf(database, before)
  return c.json({ images, ...(older.length > 0 && { before: { build: before, images: older } }) })
}

const listLayerFiles: Handler = async (c, { database }) => {
  const diffId = c.req.param('diffId') ?? ''
  const files = (await layersOf(database, numberIn(c, 'build'))).get(diffId)
  if (files === undefined) throw missing('layer', diffId)
  return c.json(files)
}

const showProvenance: Handler = async (c, { database }) => {
  const id = numberIn(c, 'build')
  const { rows } = await database.query<{ provenance: unknown }>('select provenance from builds where id = $1', [id])
  if (!rows[0]?.provenance) throw missing('provenance of build', String(id))
  return c.json(rows[0].provenance as object)
}

async function imagesOf(queries: Queries, build: number): Promise<readonly PlatformImage[]> {
  const { rows } = await queries.query<{ document: PlatformImage }>(
    'select document from build_images where build = $1 order by position',
    [build],
  )
  const layers = await layersOf(queries, build)
  return rows.map(({ document }) => withWaste(document, layers))
}

async function layersOf(queries: Queries, build: number): Promise<ReadonlyMap<string, LayerFiles>> {
  const { rows } = await queries.query<{ diff_id: string; document: LayerFiles }>(
    'select diff_id, document from build_layers where build = $1',
    [build],
  )
  return new Map(rows.map(({ diff_id, document }) => [diff_id, document]))
}

export const imageHandlers = { showImage, listLayerFiles, showProvenance }
