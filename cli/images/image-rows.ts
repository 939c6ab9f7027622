import { formatPlatform } from '../../image-spec/index.ts'
import type { ImageRecord } from '../../layer-store/index.ts'
import { humanSize } from '../../notation/index.ts'
import type { Row } from '../output/format-rows.ts'
import { shownId, splitDigest, splitTag } from '../output/image-names.ts'
import { ago, goTime } from '../output/times.ts'

export const imageTitles: Row = {
  ID: 'IMAGE ID',
  Repository: 'REPOSITORY',
  Tag: 'TAG',
  Digest: 'DIGEST',
  Platform: 'PLATFORM',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  Size: 'SIZE',
  VirtualSize: 'SIZE',
  SharedSize: 'SHARED SIZE',
  UniqueSize: 'UNIQUE SIZE',
  Containers: 'CONTAINERS',
}

export interface RowOptions {
  readonly noTrunc: boolean
  readonly digests: boolean
  readonly nowMs: number
}

/** A row for each name of the image, or one with `<none>`. */
export function imageRows(image: ImageRecord, options: RowOptions): readonly Row[] {
  const digests = image.repositoryDigests.map(splitDigest)
  const digestsOf = (repository: string) => {
    const own = digests.filter((one) => one.repository === repository).map((one) => one.digest)
    return options.digests && own.length > 0 ? own : ['<none>']
  }
  const tagged = image.tags
    .map(splitTag)
    .flatMap(({ repository, tag }) =>
      digestsOf(repository).map((digest) => row(image, { repository, tag, digest }, options)),
    )
  if (tagged.length > 0) return tagged
  if (digests.length > 0) {
    return digests.map(({ repository, digest }) =>
      row(image, { repository, tag: '<none>', digest: options.digests ? digest : '<none>' }, options),
    )
  }
  return [row(image, { repository: '<none>', tag: '<none>', digest: '<none>' }, options)]
}

interface RowNames {
  readonly repository: string
  readonly tag: string
  readonly digest: string
}

function row(image: ImageRecord, { repository, tag, digest }: RowNames, options: RowOptions): Row {
  const size = humanSize(image.sizeBytes)
  return {
    Containers: 'N/A',
    CreatedAt: goTime(image.config.created),
    CreatedSince: ago(image.config.created, options.nowMs),
    Digest: digest,
    ID: shownId(image.id, options.noTrunc),
    Platform: formatPlatform(image.config),
    Repository: repository,
    SharedSize: 'N/A',
    Size: size,
    Tag: tag,
    UniqueSize: 'N/A',
    VirtualSize: size,
  }
}
