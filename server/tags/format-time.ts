/** The part of moment's formats that docker/metadata-action documents: YYYY MM DD HH mm ss, `nightly` and other words as they are. */
export function formatTime(time: Date, pattern: string, timeZone: string): string {
  const options = {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  } as const
  const parts = new Map(
    new Intl.DateTimeFormat('en-GB', options).formatToParts(time).map(({ type, value }) => [type, value]),
  )
  const words: Readonly<Record<string, string | undefined>> = {
    YYYY: parts.get('year'),
    MM: parts.get('month'),
    DD: parts.get('day'),
    HH: parts.get('hour'),
    mm: parts.get('minute'),
    ss: parts.get('second'),
  }
  return pattern.replace(/\{\{date '([^']*)'\}\}/g, '$1').replace(/YYYY|MM|DD|HH|mm|ss/g, (word) => words[word] ?? word)
}
