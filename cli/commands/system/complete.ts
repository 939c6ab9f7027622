import { openContainers } from '../../../container/index.ts'
import { familiarName, parseReference } from '../../../image-spec/index.ts'
import { type Call, defineCommand } from '../../command.ts'
import { type Candidate, completionOf } from '../../completion/candidates.ts'

/**
 * Called by the completion scripts: prints a line `word<TAB>description` for each candidate, or `:file` or
 * `:directory`.
 */
export const complete = defineCommand({
  usage: 'WORD...',
  flags: {},
  flagsFirst: true,
  positionals: { min: 0, max: Number.POSITIVE_INFINITY },
  async run(call) {
    const { positionals, io, commands } = call
    const completion = await completionOf(commands, positionals)
    if (completion.kind === 'file' || completion.kind === 'directory') io.stdout.write(`:${completion.kind}\n`)
    else {
      const words = completion.kind === 'words' ? completion.words : await stored(call, completion.kind)
      const current = positionals.at(-1) ?? ''
      const lines = words
        .filter(({ word }) => word.startsWith(current))
        .map(({ word, description }) => `${word}\t${description}\n`)
      io.stdout.write(lines.join(''))
    }
    return 0
  },
})

async function stored(
  { engine, io }: Pick<Call, 'engine' | 'io'>,
  kind: 'image' | 'container',
): Promise<readonly Candidate[]> {
  const opened = await engine()
  if (kind === 'image') {
    const images = await opened.store.images.list()
    const tags = images.flatMap((image) => image.tags.map((tag) => familiarName(parseReference(tag))))
    return tags.map((word) => ({ word, description: 'image' }))
  }
  const containers = await openContainers(opened, { env: io.env }).list({ all: true })
  return containers.map(({ name, image }) => ({ word: name, description: image }))
}
