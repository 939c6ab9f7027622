import { hasCode } from '../../../errors/index.ts'
import type { LayerStore } from '../../../layer-store/index.ts'
import { defineCommand } from '../../command.ts'
import { containerDocument } from '../../containers/inspect-document.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { CliError } from '../../errors.ts'
import { findImage } from '../../find-image.ts'
import { platformOf } from '../../flags/platform.ts'
import { inspectImage } from '../../images/inspect-image.ts'
import { inspectEach } from '../../output/inspect-each.ts'
import { inspectFlags } from '../../output/list-flags.ts'
import { inspectVolume } from '../../volumes/describe-volume.ts'

type Kind = 'container' | 'image' | 'volume'

export const inspect = defineCommand({
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  flags: {
    ...inspectFlags,
    platform: { kind: 'string', help: 'Platform to select from a multi-platform image' },
    size: { kind: 'bool', short: 's', help: 'Display total file sizes of containers' },
    type: {
      kind: 'string',
      ignoresEmpty: true,
      choices: ['container', 'image', 'volume'],
      help: 'Look for this type of object only',
    },
  },
  positionals: { min: 1, max: Number.POSITIVE_INFINITY },
  completes: 'container',
  notes: 'Looks for a container first, then for an image, then for a volume.',
  async run(call) {
    const { values } = call
    const { store } = await call.engine()
    const containers = await containersOf(call)
    const find: Readonly<Record<Kind, (name: string) => Promise<unknown>>> = {
      container: (name) => containerDocument(containers, name, values.size),
      image: (name) => imageDocument(store, name, values.platform),
      volume: async (name) => inspectVolume(await containers.volumes.get(name)),
    }
    const { type } = values
    return inspectEach(call, values.format, isKind(type) ? find[type] : (name) => findFirst(find, name))
  },
})

function isKind(type: string | undefined): type is Kind {
  return type === 'container' || type === 'image' || type === 'volume'
}

async function findFirst(
  find: Readonly<Record<Kind, (name: string) => Promise<unknown>>>,
  name: string,
): Promise<unknown> {
  for (const kind of ['container', 'image', 'volume'] as const) {
    try {
      return await find[kind](name)
    } catch (error) {
      if (!isMissing(error)) throw error
    }
  }
  throw new CliError('CLI_NOT_FOUND', `Cannot find "${name}": no such container, image or volume`)
}

function isMissing(error: unknown): boolean {
  return hasCode(error, 'CONTAINER_MISSING', 'CLI_NOT_FOUND', 'VOLUME_MISSING', 'REGISTRY_BAD_REFERENCE')
}

async function imageDocument(store: LayerStore, name: string, platform: string | undefined): Promise<unknown> {
  const { image } = await findImage(store, name, platform === undefined ? undefined : platformOf(platform))
  return inspectImage(store, image)
}
