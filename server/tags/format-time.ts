interface Clock {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

const two = (value: number): string => String(value).padStart(2, '0')
const three = (value: number): string => String(value).padStart(3, '0')
const MONTHS = 'January February March April May June July August September October November December'.split(' ')
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

/** The tokens of moment that depend only on English. */
const TOKENS: Readonly<Record<string, (clock: Clock, time: Date) => string>> = {
  YYYY: ({ year }) => String(year),
  YY: ({ year }) => two(year % 100),
  MMMM: ({ month }) => MONTHS[month - 1] ?? '',
  MMM: ({ month }) => (MONTHS[month - 1] ?? '').slice(0, 3),
  MM: ({ month }) => two(month),
  M: ({ month }) => String(month),
  DDDD: (clock) => three(dayOfYear(clock)),
  DDD: (clock) => String(dayOfYear(clock)),
  DD: ({ day }) => two(day),
  D: ({ day }) => String(day),
  dddd: (clock) => DAYS[weekday(clock)] ?? '',
  ddd: (clock) => (DAYS[weekday(clock)] ?? '').slice(0, 3),
  HH: ({ hour }) => two(hour),
  H: ({ hour }) => String(hour),
  hh: ({ hour }) => two(hour % 12 || 12),
  h: ({ hour }) => String(hour % 12 || 12),
  mm: ({ minute }) => two(minute),
  m: ({ minute }) => String(minute),
  ss: ({ second }) => two(second),
  s: ({ second }) => String(second),
  SSS: (_, time) => three(time.getUTCMilliseconds()),
  A: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
  a: ({ hour }) => (hour < 12 ? 'am' : 'pm'),
  X: (_, time) => String(Math.floor(time.getTime() / 1000)),
  x: (_, time) => String(time.getTime()),
}

/** Sequences of letters that are tokens of moment, text in brackets, and everything else. */
const PARTS =
  /\[([^\]]*)\]|Mo|Do|DDDo|do|Qo|[wW]o|(Y+|M+|D+|d+|H+|h+|m+|s+|S+|A|a|X|x|Q|w+|W+|g+|G+|E|e|k+|N+|y+|L+|l+|T(?=S)|Z+|z+)/g

/** SPEC: moment's format, as in `{{date '…'}}` of docker/metadata-action. */
export function formatTime(time: Date, format: string, timeZone: string): string {
  const clock = clockIn(time, timeZone)
  return format.replace(PARTS, (token: string, literal: string | undefined) => {
    return literal ?? TOKENS[token]?.(clock, time) ?? token
  })
}

/** The first token of a format that `formatTime` does not support. */
export function unknownToken(format: string): string | undefined {
  for (const [token, literal] of format.matchAll(PARTS)) {
    if (literal === undefined && !Object.hasOwn(TOKENS, token)) return token
  }
  return undefined
}

export function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined
  } catch {
    return false
  }
}

function clockIn(time: Date, timeZone: string): Clock {
  const digits = 'numeric'
  const options = { timeZone, hourCycle: 'h23', year: digits, month: digits, day: digits } as const
  const format = new Intl.DateTimeFormat('en-GB', { ...options, hour: digits, minute: digits, second: digits })
  const parts = new Map(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]))
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0
  const [year, month, day] = [part('year'), part('month'), part('day')]
  return { year, month, day, hour: part('hour'), minute: part('minute'), second: part('second') }
}

function dayOfYear({ year, month, day }: Clock): number {
  return Math.round((Date.UTC(year, month - 1, day) - Date.UTC(year, 0, 0)) / 86_400_000)
}

function weekday({ year, month, day }: Clock): number {
  return new Date(Date.UTC(year, month - 1, day)).getUTCDay()
}
