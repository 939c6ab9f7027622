import type { FlagTable } from '../flags/flag-table.ts'

const NO_SHARED_NETWORK = 'each container has a network of its own; --network container:NAME shares one'

/** What it may use; `update` changes it. */
export const limitFlags = {
  'cpu-period': { kind: 'string', value: 'int', help: 'Microseconds over which --cpu-quota counts' },
  'cpu-quota': { kind: 'string', value: 'int', help: 'Microseconds of CPU time that it may use in each period' },
  'cpu-shares': { kind: 'string', short: 'c', value: 'int', help: 'CPU shares, relative weight' },
  cpus: { kind: 'string', value: 'decimal', help: 'How many CPUs it may use' },
  'cpuset-cpus': { kind: 'string', help: 'CPUs that it may use, such as 0-3 or 0,1' },
  'cpuset-mems': { kind: 'string', help: 'Memory nodes that it may use, such as 0-3 or 0,1' },
  memory: { kind: 'string', short: 'm', value: 'bytes', help: 'Memory limit, such as 500m' },
  'memory-reservation': { kind: 'string', value: 'bytes', help: 'What is left to it where memory is scarce' },
  'memory-swap': { kind: 'string', value: 'bytes', help: 'Limit of memory and swap together; -1 is without a limit' },
  'pids-limit': { kind: 'string', value: 'int', help: 'How many processes it may have; -1 is without a limit' },
} as const satisfies FlagTable

/** What `docker create` knows. */
export const createFlags = {
  ...limitFlags,
  'add-host': { kind: 'list', value: 'host:ip', help: 'A line of /etc/hosts; host-gateway is this machine' },
  'cap-add': { kind: 'list', value: 'capability', help: 'Add a Linux capability' },
  'cap-drop': { kind: 'list', value: 'capability', help: 'Drop a Linux capability' },
  cidfile: { kind: 'string', value: 'file', help: 'Write the container id to a file', completes: 'file' },
  dns: { kind: 'list', value: 'ip', help: "A DNS server, instead of the host's" },
  'dns-option': { kind: 'list', aliases: ['dns-opt'], help: 'An option of resolv.conf' },
  'dns-search': { kind: 'list', help: "A search domain, instead of the host's; . is none" },
  entrypoint: { kind: 'string', help: "Replace the image's ENTRYPOINT" },
  env: { kind: 'list', short: 'e', value: 'key=value', help: 'Set a variable; without a value it comes from here' },
  'env-file': { kind: 'list', value: 'file', help: 'Set variables from a file', completes: 'file' },
  expose: { kind: 'list', value: 'port', help: 'Expose a port without publishing it' },
  'health-cmd': { kind: 'string', value: 'command', help: 'Command that tells by its exit code if it is healthy' },
  'health-interval': { kind: 'string', value: 'duration', help: 'Time between two checks (default 30s)' },
  'health-retries': { kind: 'string', value: 'int', help: 'Failures in a row that make it unhealthy (default 3)' },
  'health-start-interval': {
    kind: 'string',
    value: 'duration',
    help: 'Time between two checks in the start period (default 5s)',
  },
  'health-start-period': {
    kind: 'string',
    value: 'duration',
    help: 'How long failures after the start do not count (default 0s)',
  },
  'health-timeout': { kind: 'string', value: 'duration', help: 'How long a check may take (default 30s)' },
  hostname: { kind: 'string', short: 'h', help: 'Name of the machine inside' },
  init: { kind: 'bool', help: 'Run an init that forwards signals and reaps processes' },
  interactive: { kind: 'bool', short: 'i', help: 'Keep standard input open' },
  label: { kind: 'list', short: 'l', value: 'key=value', help: 'Set a label' },
  'label-file': { kind: 'list', value: 'file', help: 'Set labels from a file', completes: 'file' },
  ip: { kind: 'string', help: 'Its address', hidden: true, refused: { reason: NO_SHARED_NETWORK, harmless: [''] } },
  link: { kind: 'list', help: 'Reach another', hidden: true, refused: { reason: NO_SHARED_NETWORK, harmless: [] } },
  'log-driver': { kind: 'string', value: 'driver', help: 'What keeps the output: json-file, local or none' },
  'log-opt': { kind: 'list', value: 'key=value', help: 'Limits of the log: max-size=10m, max-file=3' },
  mount: {
    kind: 'list',
    value: 'mount',
    help: 'Mount something: type=…,source=…,target=… with type bind, volume or tmpfs',
  },
  name: { kind: 'string', help: 'Name of the container' },
  network: { kind: 'string', aliases: ['net'], help: 'private, host, none or container:name (default private)' },
  'network-alias': {
    kind: 'list',
    aliases: ['net-alias'],
    help: 'A further name',
    hidden: true,
    refused: { reason: NO_SHARED_NETWORK, harmless: [] },
  },
  'no-healthcheck': { kind: 'bool', help: 'Check no health, whatever the image says' },
  platform: {
    kind: 'string',
    env: 'DOCKER_DEFAULT_PLATFORM',
    help: 'Platform that the image must be for, such as linux/arm64',
  },
  privileged: { kind: 'bool', help: 'Give it all capabilities and devices' },
  publish: { kind: 'list', short: 'p', value: 'list', help: 'Publish a port: [ip:][hostPort:]port[/protocol]' },
  'publish-all': { kind: 'bool', short: 'P', help: 'Publish every exposed port on a free one' },
  pull: { kind: 'string', default: 'missing', choices: ['always', 'missing', 'never'], help: 'Pull the image first' },
  'read-only': { kind: 'bool', help: 'Make the root filesystem read-only' },
  restart: { kind: 'string', value: 'policy', default: 'no', help: 'no, always, unless-stopped or on-failure[:tries]' },
  rm: { kind: 'bool', help: 'Remove the container when it ends' },
  'security-opt': { kind: 'list', help: 'Security option, such as no-new-privileges' },
  'shm-size': { kind: 'string', value: 'bytes', help: 'Size of /dev/shm (default 64m)' },
  'stop-signal': { kind: 'string', help: "Signal that asks it to end (default the image's, else SIGTERM)" },
  'stop-timeout': { kind: 'string', value: 'int', help: 'Seconds from that signal until it is killed (default 10)' },
  tmpfs: { kind: 'list', help: 'Mount a tmpfs: place[:size=64m,mode=1777]' },
  tty: { kind: 'bool', short: 't', help: 'Give it a terminal' },
  ulimit: { kind: 'list', help: 'Set a limit: name=soft[:hard]' },
  user: { kind: 'string', short: 'u', help: 'User or id, perhaps with a group: user:group' },
  volume: { kind: 'list', short: 'v', help: 'Mount a directory or volume: source:place[:ro]' },
  'volumes-from': { kind: 'list', value: 'container', help: "Mount another container's volumes" },
  workdir: { kind: 'string', short: 'w', value: 'directory', help: 'Working directory inside' },
} as const satisfies FlagTable

/** What `docker run` knows besides. */
export const runFlags = {
  ...createFlags,
  detach: { kind: 'bool', short: 'd', help: 'Leave it running and print its id' },
  'detach-keys': { kind: 'string', help: 'Keys that leave it running (default ctrl-p,ctrl-q)' },
  'sig-proxy': { kind: 'bool', default: 'true', help: 'Pass signals on to the container' },
} as const satisfies FlagTable
