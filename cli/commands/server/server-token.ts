import { defineCommand } from '../../command.ts'
import { echoEachName } from '../../each-name.ts'
import { integerFlag } from '../../flags/numbers.ts'
import { clientFlags, openClient } from '../../server/client-flags.ts'
import { formatFlag, printList } from '../../server/print-document.ts'

export const serverTokenCreate = defineCommand({
  usage: '[OPTIONS] NAME',
  flags: {
    ...clientFlags,
    scope: {
      kind: 'string',
      value: 'scope',
      default: 'read',
      help: 'Scope of the token',
      choices: ['read', 'build', 'admin'],
    },
    'expires-in-days': { kind: 'string', value: 'number', help: 'Days until the token expires', shownDefault: 'never' },
  },
  positionals: { min: 1, max: 1 },
  notes: 'Prints the token, which cannot be shown again.',
  async run({ values, positionals: [name = ''], io }) {
    const days = values['expires-in-days']
    const expiry = { ...(days !== undefined && { expiresInDays: integerFlag('--expires-in-days', days) }) }
    const body = { name, scope: values.scope, ...expiry }
    const { value } = await (await openClient(values, io.env)).call('createToken', { body })
    io.stdout.write(`${value}\n`)
    return 0
  },
})

export const serverTokenLs = defineCommand({
  usage: '[OPTIONS]',
  flags: { ...clientFlags, ...formatFlag },
  positionals: { min: 0, max: 0 },
  async run({ values, io }) {
    const { tokens } = await (await openClient(values, io.env)).call('listTokens')
    const rows = tokens.map(({ id, name, scope, createdAt, expiresAt, lastUsedAt }) => [
      String(id),
      name,
      scope,
      createdAt.slice(0, 19),
      expiresAt?.slice(0, 19) ?? 'never',
      lastUsedAt?.slice(0, 19) ?? 'never',
    ])
    const titles = ['ID', 'NAME', 'SCOPE', 'CREATED', 'EXPIRES', 'LAST USED']
    printList(io, values.format, { document: tokens, titles, rows })
    return 0
  },
})

export const serverTokenRm = defineCommand({
  usage: '[OPTIONS] TOKEN [TOKEN...]',
  flags: clientFlags,
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  notes: 'A token is given by its name or its ID.',
  async run(call) {
    const client = await openClient(call.values, call.io.env)
    const { tokens } = await client.call('listTokens')
    return echoEachName(call, (token) => {
      const named = tokens.find(({ name }) => name === token)
      return client.call('deleteToken', { path: { token: named?.id ?? token } })
    })
  },
})
