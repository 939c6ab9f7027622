import type { BuildJobLine } from '../build-process/index.ts'
import type { BuildRow } from '../state/builds.ts'
import type { Database } from '../state/database.ts'
import { retryDatabase } from '../state/retry-database.ts'
import { storableJson } from '../state/storable-json.ts'

type ResultLine = Exclude<BuildJobLine, { kind: 'event' | 'tags' | 'done' | 'failed' }>

/** Stores the parts of a build's result; repeatable, because attempts are repeated, and requests to the database. */
export function openResult(database: Database, { id }: Pick<BuildRow, 'id'>): (line: ResultLine) => Promise<void> {
  let images = 0
  return (line) => {
    const position = images
    if (line.kind === 'image') images += 1
    return retryDatabase(() => keepLine(database, { id, position }, line))
  }
}

interface ResultRow {
  readonly id: number
  /** Of an image. */
  readonly position: number
}

async function keepLine(database: Database, { id, position }: ResultRow, line: ResultLine): Promise<void> {
  switch (line.kind) {
    case 'source':
      await database.query('update builds set dockerfile = $2 where id = $1', [
        id,
        storableJson({ name: line.name, text: line.text }),
      ])
      break
    case 'provenance':
      await database.query('update builds set provenance = $2 where id = $1', [id, storableJson(line.predicates)])
      break
    case 'base':
      await database.query(
        `insert into build_bases (build, reference, digest) values ($1, $2, $3)
         on conflict (build, reference) do update set digest = excluded.digest`,
        [id, line.reference, line.digest],
      )
      break
    case 'image':
      await database.query(
        `insert into build_images (build, position, document) values ($1, $2, $3)
         on conflict (build, position) do update set document = excluded.document`,
        [id, position, storableJson(line.image)],
      )
      break
    case 'layer':
      await database.query(
        'insert into build_layers (build, diff_id, document) values ($1, $2, $3) on conflict do nothing',
        [id, line.diffId, storableJson(line.files)],
      )
  }
}
