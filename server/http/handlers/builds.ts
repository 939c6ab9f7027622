import { buildsQuery, logQuery, type Project, settledSteps, triggerBuild as triggerSchema } from '../../api/index.ts'
import { checkRef } from '../../checkout/check-out.ts'
import { ServerError } from '../../errors.ts'
import { findStep, readSteps } from '../../logs/read-events.ts'
import { readLog } from '../../logs/read-log.ts'
import { cancelBuild as cancel } from '../../queue/cancel-build.ts'
import { enqueueBuild } from '../../queue/enqueue-build.ts'
import { buildOf, findBuild, listBuilds as list } from '../../state/builds.ts'
import { missing } from '../../state/missing.ts'
import type { Projects } from '../../state/projects.ts'
import { downloadLog } from '../download-log.ts'
import type { Handler } from '../handler.ts'
import { numberIn, readJson, readQuery } from '../read-input.ts'
import { readLogInTurn } from '../read-log-in-turn.ts'

const DEFAULT_PART = 256 << 10

const listBuilds: Handler = async (c, { database, projects }) => {
  const query = readQuery(c, buildsQuery)
  const found = await list(database, query)
  if (found.builds.length === 0 && query.project !== undefined) await projects.get(query.project) // refuses an unknown one
  return c.json(found)
}

const triggerBuild: Handler = async (c, { database, projects, queue }) => {
  const { ref = 'HEAD', commit, noCache, priority } = await readJson(c, triggerSchema)
  const { name: project, settings } = await enabledProject(projects, c.req.param('project') ?? '')
  const full = ref === 'HEAD' || ref.startsWith('refs/') ? ref : `refs/heads/${ref}`
  checkRef(full)
  // SECURITY: anyone may have written the content of other refs, such as those of pull requests: no secrets, no push.
  const fork = full !== 'HEAD' && !/^refs\/(heads|tags)\//.test(full)
  const chosenCommit = commit !== undefined && !fork
  const by = c.get('holder').name
  const trigger = { kind: 'api', by, ...(fork && { fork }), ...(chosenCommit && { chosenCommit }) } as const
  const newBuild = { project, settings, trigger, ref: full, commit, noCache, priority }
  const id = await database.transaction((queries) => enqueueBuild(queries, queue, newBuild))
  return c.json(buildOf(await findBuild(database, id)), 201)
}

async function enabledProject(projects: Projects, name: string): Promise<Project> {
  const project = await projects.get(name)
  if (project.settings.enabled) return project
  throw new ServerError('SERVER_CONFLICT', `Cannot build project "${name}": it is disabled`, {
    hint: 'Set "enabled" in its settings',
  })
}

const showBuild: Handler = async (c, { database }) => c.json(buildOf(await findBuild(database, numberIn(c, 'build'))))

const cancelBuild: Handler = async (c, { database, queue }) => {
  const { id } = await findBuild(database, numberIn(c, 'build'))
  await cancel(database, queue, id)
  return c.json(buildOf(await findBuild(database, id)))
}

const retryBuild: Handler = async (c, { database, projects, queue }) => {
  const old = await findBuild(database, numberIn(c, 'build'))
  const { settings } = await enabledProject(projects, old.project)
  const { pullRequest, base, fork, chosenCommit, retryOf = old.id } = old.trigger
  const id = await database.transaction((queries) =>
    enqueueBuild(queries, queue, {
      project: old.project,
      settings,
      trigger: {
        kind: 'retry',
        by: c.get('holder').name,
        ...(old.commit_id !== null && { retryOf }),
        ...(pullRequest !== undefined && { pullRequest }),
        ...(base !== undefined && { base }),
        ...(fork !== undefined && { fork }), // SECURITY: still without secrets
        ...(chosenCommit !== undefined && { chosenCommit }),
      },
      ref: old.ref,
      commit: old.commit_id ?? undefined,
      title: old.title ?? undefined,
      author: old.author ?? undefined,
      noCache: old.no_cache,
      priority: old.priority,
    }),
  )
  return c.json(buildOf(await findBuild(database, id)), 201)
}

const showSteps: Handler = async (c, { database }) => {
  const build = buildOf(await findBuild(database, numberIn(c, 'build')))
  const { rows } = await database.query<{ dockerfile: object | null }>('select dockerfile from builds where id = $1', [
    build.id,
  ])
  const dockerfile = rows[0]?.dockerfile
  const { steps, seq } = await readSteps(database, build.id)
  return c.json({ steps: settledSteps(steps, build), seq, ...(dockerfile && { dockerfile }) })
}

const readStepLog: Handler = async (c, { database }) => {
  const { limit = DEFAULT_PART, ...place } = readQuery(c, logQuery)
  const build = await findBuild(database, numberIn(c, 'build'))
  const step = c.req.param('step') ?? ''
  const found = await findStep(database, build.id, step)
  if (found === undefined) throw missing('step', step)
  const ended = found.ended || build.ended_at !== null
  return c.json(await readLog(database, { build: build.id, step, ended }, { ...place, limit }))
}

const downloadWholeLog: Handler = async (c, { database }) => {
  const { id, project } = await findBuild(database, numberIn(c, 'build'))
  c.header('content-type', 'text/plain; charset=utf-8')
  c.header('content-disposition', `attachment; filename="${project}-${id}.log"`)
  return c.body(downloadLog(readLogInTurn(database, id)))
}

export const buildHandlers = {
  listBuilds,
  triggerBuild,
  showBuild,
  cancelBuild,
  retryBuild,
  showSteps,
  readStepLog,
  downloadLog: downloadWholeLog,
}
