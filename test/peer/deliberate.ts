const USAGE = 'an invalid command line exits with 2, except for run: docs/exit-codes.md'
const NO_STDOUT = 'failures are reported on standard error, never in the output of the command'
const OWN_NAME = 'the host name is in /etc/hosts without a network too'

const LAYERS = 'layers are removed by garbage collection, not with the name'

/** Steps with a deliberate difference, and its reason. Once tsbuild agrees with docker, the line must be removed. */
export const deliberate: Readonly<Record<string, string>> = {
  "run --rm --network none --hostname box.example IMAGE sh -c 'hostname; cat /etc/hostname; cat /etc/hosts; echo $HOSTNAME'":
    OWN_NAME,
  'run --rm --network none --add-host one:1.2.3.4 --hostname box IMAGE cat /etc/hosts': OWN_NAME,
  'no-such-command': USAGE,
  exec: USAGE,
  rm: USAGE,
  'ps --filter nonsense=1': USAGE,
  'ps --no-such-flag': USAGE,
  'kill -s NONSENSE three': USAGE,
  'ps --filter status=nope': USAGE,
  'volume create --name named other': USAGE,
  'system prune -f --volumes --filter until=1h': USAGE,
  'exec -u nobody-here host true': NO_STDOUT,
  'exec host no-such-program': `127 as in a shell and in newer engines; ${NO_STDOUT}`,
  'exec host /etc/passwd': NO_STDOUT,
  'exec -w /no/such/place host true': NO_STDOUT,
  'exec -w relative host true': NO_STDOUT,
  "inspect --format '{{json .Mounts}}' named": 'no mode "z": SELinux labels are not set',
  'run --rm --network none --device /dev/nope IMAGE true':
    '127 means a missing command, which docker misreads from the message about the device',
  'image rm committed:1': LAYERS,
  'image rm life:1': LAYERS,
  'image rm told:1': LAYERS,
}
