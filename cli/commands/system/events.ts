import { cleanText } from '../../../builder/index.ts'
import { defineCommand } from '../../command.ts'
import { eventDocument, withExactTime } from '../../events/event-document.ts'
import { eventFilters, matchesEvent } from '../../events/event-filters.ts'
import { eventLine } from '../../events/event-line.ts'
import { parseFilters } from '../../flags/filters.ts'
import { parseTime } from '../../flags/times.ts'
import { compileTemplate } from '../../template/evaluate.ts'
import { print } from '../../terminal/print.ts'

export const events = defineCommand({
  usage: '[OPTIONS]',
  flags: {
    filter: {
      kind: 'list',
      short: 'f',
      ignoresEmpty: true,
      value: 'filter',
      help: 'Filter events: type, event, container, image, label, …',
    },
    format: { kind: 'string', help: 'Format output: json or a Go template' },
    since: { kind: 'string', value: 'time', help: 'Show events since this time: 2026-01-31T12:00:00, or 10m' },
    until: { kind: 'string', value: 'time', help: 'Show events until this time, then exit' },
  },
  positionals: { min: 0, max: 0 },
  notes:
    'Without --until, events are streamed until interrupted. --since reaches as far back as the store keeps events.',
  async run({ values, io, engine, interrupt }) {
    const nowMs = Date.now()
    const filters = parseFilters(values.filter, eventFilters)
    const format = values.format === 'json' ? '{{json .}}' : values.format
    const render =
      format === undefined || format === ''
        ? undefined
        : compileTemplate(format, io.stdout.isTTY === true ? cleanText : undefined)
    const untilMs = values.until === undefined ? undefined : parseTime(values.until, nowMs)
    const sinceMs = values.since === undefined ? undefined : parseTime(values.since, nowMs)
    const { store } = await engine()
    const found = store.events.read({
      follow: untilMs === undefined || untilMs > nowMs,
      signal: interrupt.signal,
      ...(untilMs === undefined
        ? { sinceMs: sinceMs ?? nowMs }
        : { untilMs, ...(sinceMs !== undefined && { sinceMs }) }),
    })
    for await (const event of found) {
      if (!matchesEvent(event, filters)) continue
      const line = render === undefined ? eventLine(event) : withExactTime(render(eventDocument(event)), event)
      await print(io.stdout, `${line}\n`, interrupt.signal)
    }
    return interrupt.exitCode() ?? 0
  },
})
