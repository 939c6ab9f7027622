/** Replaces what differs between runs: IDs, times, paths, measured values. */
export function normalize(text: string, room: string): string {
  return RULES.reduce((rest, [pattern, word]) => rest.replace(pattern, word), text.replaceAll(room, 'ROOM'))
}

const RULES: readonly (readonly [RegExp, string])[] = [
  [/\r\n/g, '\n'],
  [/"Source":"[^"]*\/volumes\//g, '"Source":"<volumes>/'],
  [/sha256:[0-9a-f]{12,64}/g, 'sha256:<id>'],
  [/\b[0-9a-f]{64}\b/g, '<id>'],
  [/\b[0-9a-f]{14}…/g, '<id>…'],
  [/\b[0-9a-f]{12}\b/g, '<id>'],
  [/\b(?!0001)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, '<time>'],
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4} [A-Z]+/g, '<time>'],
  [/\b(Less than a second|About a minute|An? (second|minute)|\d+ (seconds?|minutes?))( ago)?/g, '<while>$4'],
  [/\b\d+(\.\d+)?%/g, '<percent>'],
  [/\b[1-9]\d*(\.\d+)?[kKMG]?i?B\b/g, '<size>'],
  [/ {2,}/g, '  '],
  // Newer engines print the brackets.
  [/(?<=^|[ >])(::\d?):(?=\d+)/gm, '[$1]:'],
  // A free port, in the range used by the kernel and docker.
  [/(?<=:|"HostPort":")(3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[45]\d{4}|60\d{3})(?=\W|$)/gm, '<port>'],
  // Lines of `top`: PID and command; PID, PPID, C, STIME, TTY, TIME.
  [/^\d+ {2}(?=sleep)/gm, '<pid>  '],
  [/\b\d+ {2}\d+ {2}\d+ {2}\d\d:\d\d {2}(\S+) {2}\d\d:\d\d:\d\d/g, '<pid>  <ppid>  <c>  <start>  $1  <cpu>'],
]
