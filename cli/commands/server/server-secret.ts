import { defineCommand } from '../../command.ts'
import { CliError } from '../../errors.ts'
import { clientFlags, openClient } from '../../server/client-flags.ts'
import { formatFlag, printList } from '../../server/print-document.ts'
import { readValue } from '../../server/read-settings.ts'
import { promptSecret } from '../../terminal/prompt.ts'

export const serverSecretSet = defineCommand({
  usage: '[OPTIONS] PROJECT NAME',
  flags: {
    ...clientFlags,
    file: {
      kind: 'string',
      short: 'f',
      value: 'file',
      help: 'File with the value',
      shownDefault: 'standard input',
      completes: 'file',
    },
  },
  positionals: { min: 2, max: 2 },
  notes: [
    'git-token (with git-username) and git-ssh-key give access to the repository. Other secrets are used by RUN steps and',
    'registries, as named in the settings of the project.',
  ].join(' '),
  async run({ values, positionals: [project = '', secret = ''], io }) {
    const isTyped = values.file === undefined && io.stdin.isTTY === true
    const value = isTyped ? await promptSecret(io, 'Value: ') : await readValue(values.file ?? '-', io)
    if (value === '')
      throw new CliError('CLI_USAGE', `Cannot set secret "${secret}": the value is empty`, {
        hint: 'Write the value to standard input',
      })
    await (await openClient(values, io.env)).call('putSecret', { path: { project, secret }, body: { value } })
    return 0
  },
})

export const serverSecretLs = defineCommand({
  usage: '[OPTIONS] PROJECT',
  flags: { ...clientFlags, ...formatFlag },
  positionals: { min: 1, max: 1 },
  notes: 'Lists the names; values cannot be read back.',
  async run({ values, positionals: [project = ''], io }) {
    const { secretNames } = await (await openClient(values, io.env)).call('showProject', { path: { project } })
    printList(io, values.format, { document: secretNames, titles: ['NAME'], rows: secretNames.map((name) => [name]) })
    return 0
  },
})

export const serverSecretRm = defineCommand({
  usage: '[OPTIONS] PROJECT NAME',
  flags: clientFlags,
  positionals: { min: 2, max: 2 },
  async run({ values, positionals: [project = '', secret = ''], io }) {
    await (await openClient(values, io.env)).call('deleteSecret', { path: { project, secret } })
    return 0
  },
})
