import type { CommandEntry } from './command.ts'

type Program = typeof import('./program.ts')

/** Clients of a build server's API. */
export const serverCommands: readonly Omit<CommandEntry, 'group'>[] = [
  { name: 'server project add', summary: 'Create a project on the server', load: fromProgram('serverProjectAdd') },
  {
    name: 'server project ls',
    aliases: ['server project list'],
    summary: 'List projects',
    load: fromProgram('serverProjectLs'),
  },
  {
    name: 'server project inspect',
    aliases: ['server project show'],
    summary: "Show a project's settings",
    load: fromProgram('serverProjectInspect'),
  },
  { name: 'server project update', summary: "Replace a project's settings", load: fromProgram('serverProjectUpdate') },
  {
    name: 'server project rotate-secret',
    summary: 'Replace the webhook secret of a project',
    load: fromProgram('serverProjectRotateSecret'),
  },
  {
    name: 'server project rm',
    aliases: ['server project remove'],
    summary: 'Delete a project, its builds and logs',
    load: fromProgram('serverProjectRm'),
  },
  { name: 'server secret set', summary: 'Set a secret of a project', load: fromProgram('serverSecretSet') },
  {
    name: 'server secret ls',
    aliases: ['server secret list'],
    summary: 'List the secrets of a project, without their values',
    load: fromProgram('serverSecretLs'),
  },
  {
    name: 'server secret rm',
    aliases: ['server secret remove'],
    summary: 'Delete a secret of a project',
    load: fromProgram('serverSecretRm'),
  },
  { name: 'server build trigger', summary: 'Start a build', load: fromProgram('serverBuildTrigger') },
  {
    name: 'server build ls',
    aliases: ['server build list'],
    summary: 'List builds',
    load: fromProgram('serverBuildLs'),
  },
  {
    name: 'server build inspect',
    aliases: ['server build show'],
    summary: 'Show builds: state, failure, images',
    load: fromProgram('serverBuildInspect'),
  },
  { name: 'server build logs', summary: 'Show the log of a build', load: fromProgram('serverBuildLogs') },
  { name: 'server build cancel', summary: 'Cancel builds', load: fromProgram('serverBuildCancel') },
  { name: 'server build retry', summary: 'Build the commit of a build again', load: fromProgram('serverBuildRetry') },
  { name: 'server token create', summary: 'Create a token', load: fromProgram('serverTokenCreate') },
  {
    name: 'server token ls',
    aliases: ['server token list'],
    summary: 'List tokens',
    load: fromProgram('serverTokenLs'),
  },
  {
    name: 'server token rm',
    aliases: ['server token remove'],
    summary: 'Revoke tokens',
    load: fromProgram('serverTokenRm'),
  },
  {
    name: 'server worker ls',
    aliases: ['server worker list'],
    summary: 'List workers',
    load: fromProgram('serverWorkerLs'),
  },
]

function fromProgram(name: keyof Program['commands']): CommandEntry['load'] {
  return async () => (await import('./program.ts')).commands[name]()
}
