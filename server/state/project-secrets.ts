import type { Queries } from './database.ts'
import { inBatches } from './in-batches.ts'
import { missing } from './missing.ts'
import type { SecretBox } from './secret-box.ts'

/** Values that builds of a project may use, encrypted in the database. */
export interface ProjectSecrets {
  /** SERVER_NOT_FOUND if there is no such project. */
  putSecret(name: string, secret: string, value: string): Promise<void>
  deleteSecret(name: string, secret: string): Promise<void>
  secrets(name: string): Promise<ReadonlyMap<string, string>>
}

const BATCH = 200

export function openProjectSecrets(queries: Queries, box: SecretBox): ProjectSecrets {
  return {
    putSecret: async (name, secret, value) => {
      const { rowCount } = await queries.query(
        `insert into project_secrets (project, name, value) select name, $2, $3 from projects where name = $1
         on conflict (project, name) do update set value = excluded.value`,
        [name, secret, box.seal(`${name}/${secret}`, value)],
      )
      if (rowCount === 0) throw missing('project', name)
    },
    deleteSecret: async (name, secret) => {
      const query = 'delete from project_secrets where project = $1 and name = $2'
      const { rowCount } = await queries.query(query, [name, secret])
      if (rowCount === 0) throw missing('secret', secret)
    },
    secrets: inBatches(BATCH, async (names) => {
      const query = 'select project, name, value from project_secrets where project = any($1)'
      const { rows } = await queries.query<{ project: string; name: string; value: Buffer }>(query, [names])
      const opened = new Map([...new Set(names)].map((name) => [name, new Map<string, string>()]))
      for (const { project, name, value } of rows) opened.get(project)?.set(name, box.open(`${project}/${name}`, value))
      return names.map((name) => opened.get(name) ?? new Map())
    }),
  }
}
