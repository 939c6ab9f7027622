import { defineCommand } from '../../command.ts'
import { echoEachName } from '../../each-name.ts'
import { integerFlag } from '../../flags/numbers.ts'
import { jsonText } from '../../output/json-text.ts'
import { clientFlags, openClient } from '../../server/client-flags.ts'
import { failureText, followLog } from '../../server/follow-log.ts'
import { formatFlag, printList } from '../../server/print-document.ts'

const followFlag = {
  follow: {
    kind: 'bool',
    short: 'f',
    help: 'Show the log until the build has ended; the exit code is then that of the build',
  },
} as const

export const serverBuildTrigger = defineCommand({
  usage: '[OPTIONS] PROJECT',
  flags: {
    ...clientFlags,
    ...followFlag,
    ref: { kind: 'string', value: 'ref', help: 'Branch or full ref', shownDefault: 'the default branch' },
    commit: { kind: 'string', value: 'commit', help: 'Full commit ID', shownDefault: 'the newest of the ref' },
    'no-cache': { kind: 'bool', help: 'Run every step and check the registry for newer base images' },
    priority: {
      kind: 'string',
      value: 'number',
      help: 'Priority, -100 to 100, higher first',
      shownDefault: 'that of the project',
    },
  },
  positionals: { min: 1, max: 1 },
  async run({ values, positionals: [project = ''], io, interrupt }) {
    const client = await openClient(values, io.env)
    const { ref, commit, priority } = values
    const body = {
      ...(ref !== undefined && { ref }),
      ...(commit !== undefined && { commit }),
      ...(values['no-cache'] && { noCache: true }),
      ...(priority !== undefined && { priority: integerFlag('--priority', priority) }),
    }
    const build = await client.call('triggerBuild', { path: { project }, body })
    if (values.follow) return followLog(client, build.id, { io, signal: interrupt.signal })
    io.stdout.write(`${build.id}\n`)
    return 0
  },
})

export const serverBuildLs = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    ...clientFlags,
    ...formatFlag,
    project: { kind: 'string', value: 'name', help: 'Builds of this project only' },
    state: {
      kind: 'string',
      value: 'state',
      help: 'Builds in this state only',
      choices: ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'superseded'],
    },
    limit: { kind: 'string', value: 'number', help: 'Number of builds, newest first', shownDefault: '50' },
  },
  positionals: { min: 0, max: 0 },
  async run({ values, io }) {
    const { project, state, limit } = values
    const { builds } = await (await openClient(values, io.env)).call('listBuilds', { query: { project, state, limit } })
    const { shortRef } = await import('../../../server/index.ts')
    const rows = builds.map((build) => [
      String(build.id),
      build.project,
      shortRef(build.ref),
      build.commit?.slice(0, 7) ?? '-',
      build.state,
      build.createdAt.slice(0, 19),
      build.title ?? '-',
    ])
    printList(io, values.format, {
      document: builds,
      titles: ['ID', 'PROJECT', 'REF', 'COMMIT', 'STATE', 'CREATED', 'TITLE'],
      rows,
    })
    return 0
  },
})

export const serverBuildInspect = defineCommand({
  usage: '[OPTIONS] ID [ID...]',
  flags: clientFlags,
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  async run({ values, positionals, io }) {
    const client = await openClient(values, io.env)
    for (const build of positionals)
      io.stdout.write(`${jsonText(await client.call('showBuild', { path: { build } }), 2)}\n`)
    return 0
  },
})

export const serverBuildLogs = defineCommand({
  usage: '[OPTIONS] ID',
  flags: { ...clientFlags, ...followFlag },
  positionals: { min: 1, max: 1 },
  async run({ values, positionals: [build = ''], io, interrupt }) {
    const client = await openClient(values, io.env)
    if (values.follow) return followLog(client, integerFlag('ID', build) ?? 0, { io, signal: interrupt.signal })
    const { cleanKeepingColors } = await import('../../../builder/index.ts')
    const response = await client.call('downloadLog', { path: { build }, signal: interrupt.signal })
    io.stdout.write(cleanKeepingColors(await response.text()))
    io.stderr.write(failureText(await client.call('showBuild', { path: { build } })))
    return 0
  },
})

export const serverBuildCancel = defineCommand({
  usage: '[OPTIONS] ID [ID...]',
  flags: clientFlags,
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  async run(call) {
    const client = await openClient(call.values, call.io.env)
    return echoEachName(call, (build) => client.call('cancelBuild', { path: { build } }))
  },
})

export const serverBuildRetry = defineCommand({
  usage: '[OPTIONS] ID',
  flags: { ...clientFlags, ...followFlag },
  positionals: { min: 1, max: 1 },
  async run({ values, positionals: [build = ''], io, interrupt }) {
    const client = await openClient(values, io.env)
    const { id } = await client.call('retryBuild', { path: { build } })
    if (values.follow) return followLog(client, id, { io, signal: interrupt.signal })
    io.stdout.write(`${id}\n`)
    return 0
  },
})
