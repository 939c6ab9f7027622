const MIN_ROOM = 20
const INDENT = ' '.repeat(6)

/** A label and a text in a column next to it, or below it on a narrow terminal, wrapped at `width`. */
export function wrap(label: string, text: string, width: number): string {
  const room = width - label.length
  if (room >= MIN_ROOM) return label + fill(text, room).join(`\n${' '.repeat(label.length)}`)
  const lines = fill(text, Math.max(MIN_ROOM, width - INDENT.length))
  return [label.trimEnd(), ...lines.map((line) => INDENT + line)].join('\n')
}

function fill(text: string, room: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines
}
