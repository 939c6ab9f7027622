import { defineCommand } from '../command.ts'
import { containersOf } from '../containers/open-call-containers.ts'
import { integerFlag } from '../flags/numbers.ts'
import { parseTime } from '../flags/times.ts'
import { print } from '../terminal/print.ts'

export const logs = defineCommand({
  usage: '[OPTIONS] CONTAINER',
  flags: {
    details: {
      kind: 'bool',
      help: 'Show what the log driver was told to keep of each line (here nothing: an empty column)',
    },
    follow: { kind: 'bool', short: 'f', help: 'Go on until the container ends' },
    tail: { kind: 'string', short: 'n', value: 'int', default: 'all', help: 'How many lines from the end' },
    since: { kind: 'string', value: 'time', help: 'Only later lines: 2026-01-31T12:00:00, or 10m' },
    until: { kind: 'string', value: 'time', help: 'Only earlier lines' },
    timestamps: { kind: 'bool', short: 't', help: 'Show the time of each line' },
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
      const told = values.details ? ` ${text}` : text // behind what the log driver was told to keep, which is nothing here
      await print(target, values.timestamps ? `${time} ${told}` : told, interrupt.signal)
    }
    return interrupt.exitCode() ?? 0
  },
})
