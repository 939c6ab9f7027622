import type { FlagTable } from '../flags/flag-table.ts'
import { detachKeysFlag } from './detach-keys-flag.ts'
import { processFlags } from './process-flags.ts'
import { refusedFlags } from './refused-flags.ts'

/** Resource limits, which `update` can change. */
export const limitFlags = {
  'cpu-period': { kind: 'string', value: 'int', help: 'CPU scheduling period, in microseconds' },
  'cpu-quota': { kind: 'string', value: 'int', help: 'CPU quota per period, in microseconds' },
  'cpu-shares': { kind: 'string', short: 'c', value: 'int', help: 'CPU shares (relative weight)' },
  cpus: { kind: 'string', value: 'decimal', help: 'Number of CPUs' },
  'cpuset-cpus': { kind: 'string', help: 'CPUs in which to allow execution (0-3, 0,1)' },
  'cpuset-mems': { kind: 'string', help: 'Memory nodes in which to allow execution (0-3, 0,1)' },
  memory: { kind: 'string', short: 'm', value: 'bytes', help: 'Memory limit, such as 500m' },
  'memory-reservation': { kind: 'string', value: 'bytes', help: 'Memory soft limit' },
  'memory-swap': { kind: 'string', value: 'bytes', help: 'Memory plus swap limit; -1 for unlimited swap' },
  'pids-limit': { kind: 'string', value: 'int', help: 'Limit on the number of processes; -1 for unlimited' },
} as const satisfies FlagTable

/** Flags of `docker create`. */
export const createFlags = {
  ...refusedFlags,
  ...limitFlags,
  ...processFlags,
  'add-host': { kind: 'list', value: 'host:ip', help: 'Add a host-to-IP mapping (host-gateway is this machine)' },
  attach: {
    kind: 'list',
    short: 'a',
    value: 'stream',
    choices: ['stdin', 'stdout', 'stderr', 'STDIN', 'STDOUT', 'STDERR'],
    help: 'Attach to this stream only',
  },
  'cap-add': { kind: 'list', value: 'capability', help: 'Add a Linux capability' },
  'cap-drop': { kind: 'list', value: 'capability', help: 'Drop a Linux capability' },
  cgroupns: { kind: 'string', value: 'mode', help: 'Cgroup namespace to use: private or host (root only)' },
  cidfile: {
    kind: 'string',
    ignoresEmpty: true,
    value: 'file',
    help: 'Write the container ID to a file',
    completes: 'file',
  },
  device: {
    kind: 'list',
    value: 'device',
    help: 'Add a host device, /dev/x[:/path-in-container][:rwm], or a CDI device, vendor.com/class=name',
  },
  'device-cgroup-rule': {
    kind: 'list',
    value: 'rule',
    help: 'Allow devices by number, such as "c 189:* rmw"',
  },
  dns: { kind: 'list', value: 'ip', help: 'DNS server', shownDefault: "the host's" },
  'dns-option': { kind: 'list', ignoresEmpty: true, aliases: ['dns-opt'], help: 'DNS option in resolv.conf' },
  'dns-search': { kind: 'list', help: 'DNS search domain; . for none', shownDefault: "the host's" },
  domainname: { kind: 'string', value: 'domain', help: 'Container NIS domain name' },
  entrypoint: { kind: 'string', help: "Overwrite the image's ENTRYPOINT" },
  expose: { kind: 'list', value: 'port', help: 'Expose a port without publishing it' },
  'group-add': { kind: 'list', value: 'group', help: 'Add a supplementary group' },
  'health-cmd': { kind: 'string', value: 'command', help: 'Command to run to check health' },
  'health-interval': { kind: 'string', value: 'duration', help: 'Time between two health checks', shownDefault: '30s' },
  'health-retries': {
    kind: 'string',
    value: 'int',
    help: 'Consecutive failures needed to report unhealthy',
    shownDefault: '3',
  },
  'health-start-interval': {
    kind: 'string',
    value: 'duration',
    help: 'Time between two health checks during the start period',
    shownDefault: '5s',
  },
  'health-start-period': {
    kind: 'string',
    value: 'duration',
    help: 'Start period, in which failures do not count',
    shownDefault: '0s',
  },
  'health-timeout': {
    kind: 'string',
    value: 'duration',
    help: 'Maximum time a health check may take',
    shownDefault: '30s',
  },
  hostname: { kind: 'string', short: 'h', help: 'Container host name' },
  init: { kind: 'bool', help: 'Run an init that forwards signals and reaps processes' },
  ipc: {
    kind: 'string',
    value: 'mode',
    help: 'IPC mode: private, shareable, container:NAME, host or none (without /dev/shm)',
  },
  label: { kind: 'list', short: 'l', value: 'key=value', help: 'Set metadata' },
  'label-file': { kind: 'list', value: 'file', help: 'Read labels from a file', completes: 'file' },
  'log-driver': {
    kind: 'string',
    ignoresEmpty: true,
    value: 'driver',
    help: 'Logging driver: json-file, local or none',
  },
  'log-opt': { kind: 'list', value: 'key=value', help: 'Log driver options: max-size=10m, max-file=3' },
  mount: {
    kind: 'list',
    value: 'mount',
    help: 'Attach a filesystem mount: type=…,source=…,target=… with type bind, volume or tmpfs',
  },
  name: { kind: 'string', help: 'Assign a name to the container' },
  network: {
    kind: 'list',
    value: 'string',
    aliases: ['net'],
    help: 'Network mode: private, host, none or container:NAME',
    shownDefault: 'private',
  },
  'no-healthcheck': { kind: 'bool', help: 'Disable any health check of the image' },
  'oom-score-adj': {
    kind: 'string',
    value: 'int',
    help: "Host's OOM preferences for the container (-1000 to 1000)",
  },
  pid: { kind: 'string', value: 'mode', help: 'PID namespace to use: container:NAME or host', shownDefault: 'private' },
  platform: {
    kind: 'string',
    env: 'DOCKER_DEFAULT_PLATFORM',
    help: 'Platform of the image, such as linux/arm64',
  },
  privileged: {
    kind: 'bool',
    help: 'Give extended privileges: all capabilities and devices, writable /sys and /proc, no seccomp filter',
  },
  publish: {
    kind: 'list',
    short: 'p',
    value: 'list',
    help: "Publish a container's port: [ip:][hostPort:]port[/protocol]",
  },
  'publish-all': { kind: 'bool', short: 'P', help: 'Publish all exposed ports to free host ports' },
  pull: {
    kind: 'string',
    ignoresEmpty: true,
    default: 'missing',
    choices: ['always', 'missing', 'never'],
    help: 'Pull the image before running',
  },
  quiet: { kind: 'bool', short: 'q', help: 'Suppress the pull output' },
  'read-only': { kind: 'bool', help: 'Mount the root filesystem read-only' },
  restart: {
    kind: 'string',
    value: 'policy',
    default: 'no',
    help: 'Restart policy: no, always, unless-stopped or on-failure[:max-retries]',
  },
  rm: { kind: 'bool', help: 'Remove the container when it exits' },
  'security-opt': {
    kind: 'list',
    help: 'Security options: no-new-privileges, seccomp=FILE|unconfined, systempaths=unconfined',
  },
  'shm-size': { kind: 'string', value: 'bytes', help: 'Size of /dev/shm', shownDefault: '64m' },
  'stop-signal': {
    kind: 'string',
    ignoresEmpty: true,
    help: 'Signal to stop the container',
    shownDefault: "the image's, else SIGTERM",
  },
  'stop-timeout': {
    kind: 'string',
    value: 'int',
    help: 'Seconds to wait before killing a stopping container',
    shownDefault: '10',
  },
  sysctl: { kind: 'list', value: 'key=value', help: 'Sysctl options (net.*, fs.mqueue.*, kernel.shm*)' },
  tmpfs: { kind: 'list', help: 'Mount a tmpfs directory: path[:size=64m,mode=1777]' },
  ulimit: { kind: 'list', help: 'Ulimit option: name=soft[:hard]' },
  userns: {
    kind: 'string',
    value: 'mode',
    help: 'User namespace to use: auto (a private one), host or nomap',
    shownDefault: 'host',
  },
  uts: { kind: 'string', value: 'mode', help: 'UTS namespace to use: host' },
  volume: { kind: 'list', short: 'v', help: 'Bind mount a directory or volume: source:path[:ro,rslave]' },
  'volumes-from': { kind: 'list', value: 'container', help: 'Mount volumes from another container' },
} as const satisfies FlagTable

/** Additional flags of `docker run`. */
export const runFlags = {
  ...createFlags,
  detach: { kind: 'bool', short: 'd', help: 'Run the container in the background and print its ID' },
  'detach-keys': detachKeysFlag,
  'sig-proxy': { kind: 'bool', default: 'true', help: 'Proxy signals to the container' },
} as const satisfies FlagTable
