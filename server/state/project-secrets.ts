import type { Queries } from './database.ts'
import { missing } from './missing.ts'
import type { SecretBox } from './secret-box.ts'

/** Values that builds of a project may use, encrypted in the database. */
export interface ProjectSecrets {
  /** SERVER_NOT_FOUND if there is no such project. */
  putSecret(name: string, secret: string, value: string): Promise<void>
  deleteSecret(name: string, secret: string): Promise<void>
  secrets(name: string): Promise<ReadonlyMap<string, string>>
}

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
    secrets: async (name) => {
      const query = 'select name, value from project_secrets where project = $1'
      const { rows } = await queries.query<{ name: string; value: Buffer }>(query, [name])
      return new Map(rows.map((row) => [row.name, box.open(`${name}/${row.name}`, row.value)]))
    },
  }
}
