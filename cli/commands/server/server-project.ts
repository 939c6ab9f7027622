import { defineCommand } from '../../command.ts'
import { echoEachName } from '../../each-name.ts'
import { keyValues } from '../../flags/key-values.ts'
import { integerFlag } from '../../flags/numbers.ts'
import { jsonText } from '../../output/json-text.ts'
import { clientFlags, openClient } from '../../server/client-flags.ts'
import { formatFlag, printList } from '../../server/print-document.ts'
import { readSettings, readValue, withFlags } from '../../server/read-settings.ts'

const settingsFlag = {
  settings: {
    kind: 'string',
    short: 'f',
    value: 'file',
    help: 'Settings as YAML or JSON; "-" for standard input',
    completes: 'file',
  },
} as const

export const serverProjectAdd = defineCommand({
  usage: '[OPTIONS] NAME',
  flags: {
    ...clientFlags,
    ...settingsFlag,
    repository: { kind: 'string', value: 'URL', help: 'Address of the git repository' },
    forge: {
      kind: 'string',
      value: 'forge',
      help: 'Forge that sends webhooks and shows statuses',
      shownDefault: 'generic',
      choices: ['github', 'gitlab', 'gitea', 'forgejo', 'bitbucket', 'bitbucket-server', 'generic'],
    },
    destination: { kind: 'list', value: 'repository', help: 'Registry repository to push to, without a tag' },
    username: {
      kind: 'string',
      value: 'name',
      help: 'User of the registry; its password is the secret registry-password',
    },
    branch: { kind: 'list', value: 'pattern', help: 'Branches that start builds', shownDefault: 'main, master' },
    tag: { kind: 'list', value: 'rule', help: 'Tag rule of docker/metadata-action' },
    dockerfile: { kind: 'string', value: 'path', help: 'Dockerfile in the repository' },
    context: { kind: 'string', value: 'directory', help: 'Build context in the repository' },
    'build-arg': { kind: 'list', value: 'name=value', help: 'Build argument' },
  },
  positionals: { min: 1, max: 1 },
  notes: 'Settings without a flag are read from the file. The secret of the webhook is printed once.',
  async run({ values, positionals, io }) {
    const client = await openClient(values, io.env)
    const { username, branch, tag, dockerfile, context } = values
    const build = {
      ...(dockerfile !== undefined && { dockerfile }),
      ...(context !== undefined && { context }),
      ...(values['build-arg'].length > 0 && { args: keyValues('--build-arg', values['build-arg']) }),
    }
    const login = { ...(username !== undefined && { username, passwordSecret: 'registry-password' }) }
    const flags = {
      ...(values.repository !== undefined && {
        repository: { url: values.repository, ...(values.forge !== undefined && { forge: values.forge }) },
      }),
      ...(branch.length > 0 && { triggers: { branches: branch } }),
      ...(tag.length > 0 && { tags: tag }),
      ...(values.destination.length > 0 && {
        destinations: values.destination.map((repository) => ({ repository, ...login })),
      }),
      ...(Object.keys(build).length > 0 && { build }),
    }
    const settings = withFlags(await readSettings(values.settings, io), flags)
    const { project, webhookSecret } = await client.call('createProject', { body: { name: positionals[0], settings } })
    const webhook = project.webhookUrl ?? values.server.replace(/\/$/, '') + project.webhookPath
    io.stdout.write(`Project ${project.name} created\nWebhook: ${webhook}\nWebhook secret: ${webhookSecret}\n`)
    return 0
  },
})

export const serverProjectLs = defineCommand({
  usage: '[OPTIONS]',
  flags: { ...clientFlags, ...formatFlag },
  positionals: { min: 0, max: 0 },
  async run({ values, io }) {
    const { projects } = await (await openClient(values, io.env)).call('listProjects')
    const rows = projects.map(({ name, settings }) => [
      name,
      settings.repository.url,
      settings.destinations.map(({ repository }) => repository).join(', ') || '-',
      settings.enabled ? 'enabled' : 'disabled',
    ])
    printList(io, values.format, { document: projects, titles: ['NAME', 'REPOSITORY', 'DESTINATIONS', 'STATE'], rows })
    return 0
  },
})

export const serverProjectInspect = defineCommand({
  usage: '[OPTIONS] NAME',
  flags: clientFlags,
  positionals: { min: 1, max: 1 },
  async run({ values, positionals, io }) {
    const client = await openClient(values, io.env)
    const project = await client.call('showProject', { path: { project: positionals[0] ?? '' } })
    io.stdout.write(`${jsonText(project, 2)}\n`)
    return 0
  },
})

export const serverProjectUpdate = defineCommand({
  usage: '[OPTIONS] --settings FILE NAME',
  flags: { ...clientFlags, ...settingsFlag },
  positionals: { min: 1, max: 1 },
  async run({ values, positionals, io }) {
    const client = await openClient(values, io.env)
    const body = await readSettings(values.settings ?? '-', io)
    await client.call('updateProject', { path: { project: positionals[0] ?? '' }, body })
    return 0
  },
})

export const serverProjectRotateSecret = defineCommand({
  usage: '[OPTIONS] NAME',
  flags: {
    ...clientFlags,
    'keep-old': {
      kind: 'string',
      value: 'hours',
      help: 'Hours during which the old secret is accepted as well',
      shownDefault: '0',
    },
    file: { kind: 'string', short: 'f', value: 'file', help: 'File with the new secret', completes: 'file' },
  },
  positionals: { min: 1, max: 1 },
  notes: 'Without --file, a secret is generated. It is printed once: enter it at the forge.',
  async run({ values, positionals: [project = ''], io }) {
    const hours = values['keep-old']
    const body = {
      ...(hours !== undefined && { keepOldHours: integerFlag('--keep-old', hours) }),
      ...(values.file !== undefined && { webhookSecret: await readValue(values.file, io) }),
    }
    const client = await openClient(values, io.env)
    const { webhookSecret } = await client.call('rotateWebhookSecret', { path: { project }, body })
    io.stdout.write(`Webhook secret: ${webhookSecret}\n`)
    return 0
  },
})

export const serverProjectRm = defineCommand({
  usage: '[OPTIONS] NAME [NAME...]',
  flags: clientFlags,
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  async run(call) {
    const client = await openClient(call.values, call.io.env)
    return echoEachName(call, (project) => client.call('deleteProject', { path: { project } }))
  },
})
