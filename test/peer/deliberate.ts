const USAGE = 'a wrong command line ends with 2 everywhere but in run, see docs/exit-codes.md'
const NO_STDOUT = 'what is said of a failure goes to standard error, never into the output of the command'
const OWN_NAME = 'the own name is found without a network too'

const LAYERS = 'layers go when nothing needs them any more, not by name'

/** Steps with a deliberate difference, and its reason. Once tsbuild agrees with docker, the line must be removed. */
export const deliberate: Readonly<Record<string, string>> = {
  "run --rm --network none --hostname box.example IMAGE sh -c 'hostname; cat /etc/hostname; cat /etc/hosts; echo $HOSTNAME'":
    OWN_NAME,
  'run --rm --network none --add-host one:1.2.3.4 --hostname box IMAGE cat /etc/hosts': OWN_NAME,
  'no-such-command': USAGE,
  run: 'anything but the code of the command is 125',
  exec: USAGE,
  rm: USAGE,
  'ps --filter nonsense=1': USAGE,
  'ps --no-such-flag': USAGE,
  'kill -s NONSENSE three': USAGE,
  'ps --filter status=nope': USAGE,
  'volume create --name named other': USAGE,
  'system prune -f --volumes --filter until=1h': USAGE,
  "inspect --format '{{json .Config}}' three": 'the stop signal is there even if nobody chose one',
  'exec -u nobody-here host true': NO_STDOUT,
  'exec host no-such-program': `127 as a shell has it, and later engines; ${NO_STDOUT}`,
  'exec host /etc/passwd': NO_STDOUT,
  'exec -w /no/such/place host true': NO_STDOUT,
  'exec -w relative host true': NO_STDOUT,
  "inspect --format '{{json .Mounts}}' named": 'no mode "z": there are no SELinux labels to be set',
  'run --rm --network none --device /dev/nope IMAGE true':
    '127 says that the command is not there, which docker reads out of the message about the device',
  'image rm committed:1': LAYERS,
  'image rm life:1': LAYERS,
  'image rm told:1': LAYERS,
}
