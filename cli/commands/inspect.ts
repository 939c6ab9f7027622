import type { Containers } from '../../container/index.ts'
import type { LayerStore } from '../../layer-store/index.ts'
import { type Call, defineCommand } from '../command.ts'
import { inspectContainer } from '../containers/inspect-container.ts'
import { containersOf } from '../containers/open-call-containers.ts'
import { CliError } from '../errors.ts'
import { findImage } from '../find-image.ts'
import { inspectImage } from '../images/inspect-image.ts'
import { formatDocuments } from '../output/format-documents.ts'
import { inspectFlags } from '../output/list-flags.ts'

const flags = {
  ...inspectFlags,
  type: { kind: 'string', choices: ['container', 'image'], help: 'Look for this only' },
} as const

export const inspect = defineCommand({
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  flags,
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'container',
  notes: 'Looks for a container first, then for an image.',
  async run(call) {
    const { positionals, values, io } = call
    const documents: unknown[] = []
    for (const name of positionals) documents.push(await documentOf(call, name))
    io.stdout.write(formatDocuments(documents, values.format))
    return 0
  },
})

async function documentOf(call: Call<typeof flags>, name: string): Promise<unknown> {
  const { store } = await call.engine()
  const { type } = call.values
  const containers = await containersOf(call)
  if (type === 'container') return inspectContainer(await containers.get(name))
  const container = type === 'image' ? undefined : await containerIfThere(containers, name)
  return container ?? imageDocument(store, name, type === 'image')
}

async function containerIfThere(containers: Containers, name: string): Promise<unknown> {
  try {
    return inspectContainer(await containers.get(name))
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'CONTAINER_MISSING') return undefined
    throw error
  }
}

async function imageDocument(store: LayerStore, name: string, imagesOnly: boolean): Promise<unknown> {
  try {
    return await inspectImage(store, (await findImage(store, name)).image)
  } catch (error) {
    if (imagesOnly || !(error instanceof CliError)) throw error
    throw new CliError('CLI_NOT_FOUND', `Cannot find "${name}": there is no such container or image`)
  }
}
