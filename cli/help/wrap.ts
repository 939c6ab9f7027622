/** A label and a text in a column next to it, wrapped at `width`. */
export function wrap(label: string, text: string, width: number): string {
  const room = Math.max(20, width - label.length)
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return label + lines.join(`\n${' '.repeat(label.length)}`)
}
