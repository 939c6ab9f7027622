import type { FlagTable } from '../flags/flag-table.ts'

const NO_SHARED_NETWORK = 'each container has a private network (use --network container:NAME to share one)'
const NO_BLOCK_LIMITS = 'block I/O limits are not supported (use --cpus, --memory or --pids-limit)'
const NO_REALTIME = 'real-time scheduling is not supported (use --cpus, --cpu-shares or --cpuset-cpus)'
const WINDOWS_ONLY = 'it applies to Windows containers only'

/** Flags of docker's `run` and `create` that are refused, with the reason; values without effect are accepted. */
export const refusedFlags = {
  annotation: refused('there is no OCI runtime that would read it (use --label)'),
  'blkio-weight': refused(NO_BLOCK_LIMITS, '0'),
  'blkio-weight-device': refused(NO_BLOCK_LIMITS),
  'cgroup-parent': refused('the cgroup of a container is created below that of its caller (docs/cgroups.md)', ''),
  'cpu-count': refused(WINDOWS_ONLY, '0'),
  'cpu-percent': refused(WINDOWS_ONLY, '0'),
  'cpu-rt-period': refused(NO_REALTIME, '0'),
  'cpu-rt-runtime': refused(NO_REALTIME, '0'),
  'device-read-bps': refused(NO_BLOCK_LIMITS),
  'device-read-iops': refused(NO_BLOCK_LIMITS),
  'device-write-bps': refused(NO_BLOCK_LIMITS),
  'device-write-iops': refused(NO_BLOCK_LIMITS),
  'disable-content-trust': {
    ...refused('signatures of images are not checked (use an image by digest)', 'true'),
    bare: 'true',
  },
  gpus: refused('GPU drivers are not injected (use a CDI device such as --device nvidia.com/gpu=all)', ''),
  'io-maxbandwidth': refused(WINDOWS_ONLY, '0'),
  'io-maxiops': refused(WINDOWS_ONLY, '0'),
  ip: refused(NO_SHARED_NETWORK, ''),
  ip6: refused(NO_SHARED_NETWORK, ''),
  isolation: refused(WINDOWS_ONLY, '', 'default'),
  'kernel-memory': refused('the kernel no longer supports it (--memory includes kernel memory)', '0'),
  link: refused(NO_SHARED_NETWORK),
  'link-local-ip': refused(NO_SHARED_NETWORK),
  'mac-address': refused('pasta or slirp4netns creates the interface and chooses its address', ''),
  'memory-swappiness': refused('cgroup v2 has no such setting (use --memory-swap to limit swap)', '-1'),
  'network-alias': { ...refused(NO_SHARED_NETWORK), aliases: ['net-alias'] },
  'oom-kill-disable': {
    ...refused('cgroup v2 has no such setting (use --oom-score-adj)', 'false'),
    bare: 'true',
  },
  runtime: refused('the only runtime is built in', '', 'runc'),
  'storage-opt': refused('the size of the writable layer cannot be limited'),
  'use-api-socket': { ...refused('there is no daemon and therefore no API socket', 'false'), bare: 'true' },
  'volume-driver': refused('local is the only volume driver', '', 'local'),
} as const satisfies FlagTable

function refused(reason: string, ...harmless: readonly string[]) {
  return { kind: 'list', help: 'Not available', hidden: true, refused: { reason, harmless } } as const
}
