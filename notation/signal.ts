/** By number, from 1. SPEC: signal(7), x86 and ARM; second names are those of moby/sys signal. */
const NAMES =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  )
const SECOND_NAMES: Readonly<Record<string, string>> = { IOT: 'ABRT', CLD: 'CHLD', POLL: 'IO' }
/** glibc reserves the first two. */
const RTMIN = 34
const RTMAX = 64

/** The number of `KILL`, `SIGTERM`, `9`, `SIGRTMIN+3` or `RTMAX-3`; undefined if there is no such signal. */
export function findSignal(text: string): number | undefined {
  if (/^\d+$/.test(text)) return Number(text) >= 1 && Number(text) <= RTMAX ? Number(text) : undefined
  const name = text.toUpperCase().replace(/^SIG/, '')
  const number = NAMES.indexOf(SECOND_NAMES[name] ?? name) + 1
  return number > 0 ? number : realTimeSignal(name)
}

function realTimeSignal(name: string): number | undefined {
  const [, edge, distance = '0'] = /^(RTMIN(?=$|\+)|RTMAX(?=$|-))(?:[+-](\d{1,2}))?$/.exec(name) ?? []
  if (edge === undefined) return undefined
  const number = edge === 'RTMIN' ? RTMIN + Number(distance) : RTMAX - Number(distance)
  return number >= RTMIN && number <= RTMAX ? number : undefined
}

/** Values of STOPSIGNAL. SPEC: moby/sys signal: any number but 0; real-time names up to RTMIN+15, from RTMAX-14. */
export function isSignal(text: string): boolean {
  if (/^[+-]?\d+$/.test(text)) return Number(text) !== 0
  const distance = /^(?:SIG)?RT(MIN\+|MAX-)(\d+)$/i.exec(text)
  if (distance !== null && (Number(distance[2]) < 1 || Number(distance[2]) > (distance[1] === 'MIN+' ? 15 : 14)))
    return false
  return findSignal(text) !== undefined
}
