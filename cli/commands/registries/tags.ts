import { familiarRepository, parseReference } from '../../../image-spec/index.ts'
import { defineCommand } from '../../command.ts'
import { usageError } from '../../errors.ts'
import { insecureHostsOf, tlsVerifyFlag } from '../../flags/tls-verify.ts'
import { jsonText } from '../../output/json-text.ts'

export const tags = defineCommand({
  usage: '[OPTIONS] REPOSITORY',
  flags: {
    format: {
      kind: 'string',
      default: 'text',
      choices: ['text', 'json'],
      help: 'Output format: one tag per line, or a JSON document',
    },
    'tls-verify': tlsVerifyFlag,
  },
  positionals: { min: 1, max: 1 },
  async run({ values, positionals, io, engine, interrupt }) {
    const repository = parseReference(positionals[0] ?? '')
    if ((repository.tag ?? repository.digest) !== undefined)
      throw usageError(`Cannot list tags of "${positionals[0]}": it has a tag or a digest (expected a repository)`)
    const client = await (await engine(insecureHostsOf(values, repository))).registry()
    const found = await client.listTags(repository, interrupt.signal)
    const document = { Repository: familiarRepository(repository), Tags: found }
    io.stdout.write(values.format === 'json' ? `${jsonText(document)}\n` : found.map((tag) => `${tag}\n`).join(''))
    return 0
  },
})
