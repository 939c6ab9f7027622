import type { FlagTable } from '../flags/flag-table.ts'

const NO_SHARED_NETWORK = 'each container has a private network; --network container:NAME shares one'
const NO_BLOCK_LIMITS = 'reads and writes of disks are not limited (--cpus, --memory and --pids-limit are)'
const NO_REALTIME = 'there is no real-time scheduling of containers (--cpus, --cpu-shares or --cpuset-cpus)'
const WINDOWS_ONLY = 'docker has it for Windows alone'

/** Flags of docker's `run` and `create` that are refused, with the reason; values without effect are accepted. */
export const refusedFlags = {
  annotation: refused('nothing here would read it (--label keeps a word about a container)'),
  'blkio-weight': refused(NO_BLOCK_LIMITS, '0'),
  'blkio-weight-device': refused(NO_BLOCK_LIMITS),
  'cgroup-parent': refused('the cgroup of a container is made below that of its caller (docs/cgroups.md)', ''),
  'cpu-count': refused(WINDOWS_ONLY, '0'),
  'cpu-percent': refused(WINDOWS_ONLY, '0'),
  'cpu-rt-period': refused(NO_REALTIME, '0'),
  'cpu-rt-runtime': refused(NO_REALTIME, '0'),
  'device-read-bps': refused(NO_BLOCK_LIMITS),
  'device-read-iops': refused(NO_BLOCK_LIMITS),
  'device-write-bps': refused(NO_BLOCK_LIMITS),
  'device-write-iops': refused(NO_BLOCK_LIMITS),
  'disable-content-trust': {
    ...refused('signatures of images are not checked (an image can be named by its digest)', 'true'),
    bare: 'true',
  },
  domainname: refused('give the whole name: --hostname NAME.DOMAIN', ''),
  gpus: refused(
    'drivers are not put into containers; give the nodes with --device and the libraries with --volume',
    '',
  ),
  'io-maxbandwidth': refused(WINDOWS_ONLY, '0'),
  'io-maxiops': refused(WINDOWS_ONLY, '0'),
  ip: refused(NO_SHARED_NETWORK, ''),
  ip6: refused(NO_SHARED_NETWORK, ''),
  isolation: refused(WINDOWS_ONLY, '', 'default'),
  'kernel-memory': refused('kernels do not limit it any more; --memory counts it', '0'),
  link: refused(NO_SHARED_NETWORK),
  'link-local-ip': refused(NO_SHARED_NETWORK),
  'mac-address': refused('the interface is made by pasta or slirp4netns, with an address of their choice', ''),
  'memory-swappiness': refused('cgroup v2 knows no such setting; --memory-swap limits the swap', '-1'),
  'network-alias': { ...refused(NO_SHARED_NETWORK), aliases: ['net-alias'] },
  'oom-kill-disable': {
    ...refused('cgroup v2 knows no such setting; --oom-score-adj moves the choice to others', 'false'),
    bare: 'true',
  },
  runtime: refused('there is one runtime, which is built in', '', 'runc'),
  'storage-opt': refused('the writable layer is a directory in the store without a size limit'),
  'use-api-socket': { ...refused('there is no daemon, and so no socket of it', 'false'), bare: 'true' },
  'volume-driver': refused('there are volumes of the driver local alone', '', 'local'),
} as const satisfies FlagTable

function refused(reason: string, ...harmless: readonly string[]) {
  return { kind: 'list', help: 'Not available', hidden: true, refused: { reason, harmless } } as const
}
