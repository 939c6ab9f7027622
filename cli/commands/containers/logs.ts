import { defineCommand } from '../../command.ts'
import { containersOf } from '../../containers/open-call-containers.ts'
import { integerFlag } from '../../flags/numbers.ts'
import { parseTime } from '../../flags/times.ts'
import { print } from '../../terminal/print.ts'

export const logs = defineCommand({
  usage: '[OPTIONS] CONTAINER',
  flags: {
    details: {
      kind: 'bool',
      help: 'Show extra details provided to logs (always empty)',
    },
    follow: { kind: 'bool', short: 'f', help: 'Follow log output' },
    tail: {
      kind: 'string',
      short: 'n',
      ignoresEmpty: true,
      value: 'int',
      default: 'all',
      help: 'Number of lines to show from the end of the logs',
    },
    since: { kind: 'string', value: 'time', help: 'Show logs since this time: 2026-01-31T12:00:00, or 10m' },
    until: { kind: 'string', value: 'time', help: 'Show logs before this time' },
    timestamps: { kind: 'bool', short: 't', help: 'Show timestamps' },
  },
  positionals: { min: 1, max: 1 },
  completes: 'container',
  async run(call) {
    const { values, positionals, io, interrupt } = call
    const nowMs = Date.now()
    const tail = values.tail === 'all' ? undefined : integerFlag('--tail', values.tail)
    const containers = await containersOf(call)
    const lines = containers.logs(positionals[0] ?? '', {
      follow: values.follow,
      signal: interrupt.signal,
      ...(tail === undefined || tail < 0 ? {} : { tail }),
      ...(values.since !== undefined && { sinceMs: parseTime(values.since, nowMs) }),
      ...(values.until !== undefined && { untilMs: parseTime(values.until, nowMs) }),
    })
    for await (const { stream, time, text } of lines) {
      const target = stream === 'stdout' ? io.stdout : io.stderr
      const line = values.details ? ` ${text}` : text // docker prints the log driver's labels first; there are none
      await print(target, values.timestamps ? `${time} ${line}` : line, interrupt.signal)
    }
    return interrupt.exitCode() ?? 0
  },
})
