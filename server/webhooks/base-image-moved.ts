import { createHash } from 'node:crypto'
import type { BuildQueue } from '../queue/build-queue.ts'
import { enqueueBuilds, type NewBuild } from '../queue/enqueue-build.ts'
import type { BuildRow } from '../state/builds.ts'
import type { Database, Queries } from '../state/database.ts'
import { recordDeliveries } from '../state/deliveries.ts'
import type { Projects } from '../state/projects.ts'
import type { Fields } from './json-fields.ts'

export interface MovedImage {
  /** As in provenance: `alpine:3.20`, `harbor.example.com/base/node:22`. */
  readonly reference: string
  readonly digest?: string
}

/** SPEC: Docker Hub's webhook: `push_data.tag`, `repository.repo_name`. */
export function imageOfDockerHub(body: Fields): MovedImage | undefined {
  const [name, tag] = [body.text('repository', 'repo_name'), body.text('push_data', 'tag')]
  return name && tag ? { reference: `${name.replace(/^library\//, '')}:${tag}` } : undefined
}

/** SPEC: Harbor's PUSH_ARTIFACT, in its own format or as CloudEvents. */
export function imagesOfHarbor(body: Fields): readonly MovedImage[] {
  const isPush = body.text('type') === 'PUSH_ARTIFACT' || body.text('type') === 'harbor.artifact.pushed'
  if (!isPush) return []
  const data = body.list('event_data', 'resources').length > 0 ? body.at('event_data') : body.at('data')
  return data.list('resources').flatMap((resource) => {
    const reference = resource.text('resource_url')
    const digest = resource.text('digest')
    return reference === undefined || !/:[^/]+$/.test(reference) ? [] : [{ reference, ...(digest && { digest }) }]
  })
}

interface Parts {
  readonly database: Database
  readonly projects: Projects
  readonly queue: BuildQueue
}

/** Rebuilds the newest image of each branch and tag that was built on the updated image. Returns the builds' IDs. */
export async function rebuildOn(
  { database, projects, queue }: Parts,
  source: 'docker-hub' | 'harbor',
  { body, images }: { readonly body: Buffer; readonly images: readonly MovedImage[] },
): Promise<readonly number[]> {
  const bodyDigest = createHash('sha256').update(body).digest()
  const settingsOf = new Map((await projects.list()).map((project) => [project.name, project.settings]))
  return database.transaction(async (queries) => {
    const deliveryId = bodyDigest.toString('hex')
    const delivery = { source, deliveryId, bodyDigest, event: 'push', outcome: 'accepted' } as const
    const [recorded] = await recordDeliveries(queries, [delivery])
    if (recorded === undefined) return []
    const builds = new Map<string, NewBuild>()
    for (const image of uniqueImages(images)) {
      for (const old of await builtOn(queries, image)) {
        const settings = settingsOf.get(old.project)
        if (settings === undefined || !settings.enabled || !settings.triggers.baseImages) continue
        const trigger = { kind: 'base-image', by: image.reference } as const
        const commit = old.ref.startsWith('refs/tags/') ? (old.commit_id ?? undefined) : undefined
        const build = { project: old.project, settings, trigger, ref: old.ref, title: old.title ?? undefined, commit }
        builds.set(JSON.stringify([old.project, old.ref]), build)
      }
    }
    return enqueueBuilds(queries, queue, [...builds.values()])
  })
}

/** A registry may list an image several times, once for each tag of a manifest. */
function uniqueImages(images: readonly MovedImage[]): readonly MovedImage[] {
  return [...new Map(images.map((image) => [`${image.reference} ${image.digest}`, image])).values()]
}

/** The last successful build of each ref, if it used another digest of the image; excludes pull requests. */
async function builtOn(queries: Queries, { reference, digest }: MovedImage): Promise<readonly BuildRow[]> {
  const { rows } = await queries.query<BuildRow>(
    `select b.* from (
       select distinct on (project, ref) * from builds
       where state = 'succeeded' and ref ~ '^refs/(heads|tags)/' and trigger->>'pullRequest' is null
       order by project, ref, id desc) b
     join build_bases base on base.build = b.id
     where base.reference = $1 and ($2::text is null or base.digest is distinct from $2)`,
    [reference, digest],
  )
  return rows
}
