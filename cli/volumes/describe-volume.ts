import type { Volume } from '../../container/index.ts'
import type { Row } from '../output/format-rows.ts'

/** The document of `docker volume inspect`. SPEC: Engine API, VolumeInspect. */
export function inspectVolume(volume: Volume): Readonly<Record<string, unknown>> {
  const hasLabels = Object.keys(volume.labels).length > 0
  return {
    // Docker writes whole seconds.
    CreatedAt: volume.createdAt.replace(/\.\d+/, ''),
    Driver: 'local',
    Labels: hasLabels ? volume.labels : null,
    Mountpoint: volume.mountpoint,
    Name: volume.name,
    Options: volume.options ?? null,
    Scope: 'local',
  }
}

export const volumeTitles: Row = {
  Driver: 'DRIVER',
  Label: (name) => name,
  Labels: 'LABELS',
  Links: 'LINKS',
  Mountpoint: 'MOUNTPOINT',
  Name: 'VOLUME NAME',
  Scope: 'SCOPE',
  Size: 'SIZE',
}

/** A row of `docker volume ls`, which leaves links and sizes to `system df`. */
export function volumeRow(volume: Volume): Row {
  return {
    Driver: 'local',
    Label: (name) => (Object.hasOwn(volume.labels, name) ? (volume.labels[name] ?? '') : ''),
    Labels: Object.entries(volume.labels)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(','),
    Links: 'N/A',
    Mountpoint: volume.mountpoint,
    Name: volume.name,
    Scope: 'local',
    Size: 'N/A',
  }
}
