import {
  type ContainerRecord,
  commandText,
  humanDuration,
  portsText,
  shownNetwork,
  statusText,
} from '../../container/index.ts'
import { humanSize } from '../../notation/index.ts'
import type { Row } from '../output/format-rows.ts'
import { goTime } from '../output/times.ts'

export const containerTitles: Row = {
  ID: 'CONTAINER ID',
  Image: 'IMAGE',
  Command: 'COMMAND',
  CreatedAt: 'CREATED AT',
  RunningFor: 'CREATED',
  Status: 'STATUS',
  State: 'STATE',
  Ports: 'PORTS',
  Names: 'NAMES',
  Label: (name) => name,
  Labels: 'LABELS',
  Mounts: 'MOUNTS',
  Networks: 'NETWORKS',
  LocalVolumes: 'LOCAL VOLUMES',
  Size: 'SIZE',
}

export interface ContainerRowOptions {
  readonly noTrunc: boolean
  readonly nowMs: number
}

/** A row of `docker ps`. */
export function containerRow(container: ContainerRecord, { noTrunc, nowMs }: ContainerRowOptions): Row {
  const { sizes } = container
  return {
    Command: commandText(container, noTrunc),
    CreatedAt: goTime(container.createdAt),
    ID: noTrunc ? container.id : container.id.slice(0, 12),
    Image: container.image,
    Label: (name) => (Object.hasOwn(container.labels, name) ? (container.labels[name] ?? '') : ''),
    Labels: Object.entries(container.labels)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(','),
    LocalVolumes: String(container.mounts.filter((mount) => mount.kind === 'volume').length),
    Mounts: container.mounts
      .filter((mount) => mount.kind !== 'tmpfs')
      .map((mount) => shortened(mount.name ?? mount.source, noTrunc))
      .join(','),
    Names: container.name,
    Networks: shownNetwork(container.network),
    Ports: portsText(container),
    RunningFor: `${humanDuration(nowMs - Date.parse(container.createdAt))} ago`,
    Size: sizes === undefined ? '' : `${humanSize(sizes.writableBytes)} (virtual ${humanSize(sizes.rootfsBytes)})`,
    State: container.state.status,
    Status: statusText(container, nowMs),
  }
}

/** As in docker, to 15 characters. */
function shortened(text: string, noTrunc: boolean): string {
  return noTrunc || text.length <= 15 ? text : `${text.slice(0, 14)}…`
}
