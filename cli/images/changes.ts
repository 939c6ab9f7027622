import type { Builder } from '../../builder/index.ts'
import type { ContainerConfig } from '../../layer-store/index.ts'
import { usageError } from '../errors.ts'

const ALLOWED = [
  'CMD',
  'ENTRYPOINT',
  'ENV',
  'EXPOSE',
  'HEALTHCHECK',
  'LABEL',
  'ONBUILD',
  'STOPSIGNAL',
  'USER',
  'VOLUME',
  'WORKDIR',
]

/** What `--change` instructions make of an empty configuration: read and planned as the lines of a Dockerfile. */
export async function applyChanges(
  builder: Pick<Builder, 'plan'>,
  changes: readonly string[],
): Promise<ContainerConfig> {
  if (changes.length === 0) return {}
  for (const change of changes) {
    const word = /^\s*(\S*)/.exec(change)?.[1]?.toUpperCase() ?? ''
    if (!ALLOWED.includes(word) || change.includes('\n'))
      throw usageError(`Cannot apply "--change ${change}": it is no setting of an image (want ${ALLOWED.join(', ')})`)
  }
  const text = ['FROM scratch', ...changes, ''].join('\n')
  const { image } = await builder.plan({ context: { kind: 'empty' }, dockerfile: { name: '--change', text } })
  return image.config
}
