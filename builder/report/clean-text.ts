import { showInvisible } from '../../notation/index.ts'

// SECURITY: text from steps and registries must not move the cursor, set titles, trigger terminal replies or hide
// earlier text.
// biome-ignore-start lint/suspicious/noControlCharactersInRegex: they are what this file removes
const STRINGS = /(?:\x1b[PX^_\]]|[\x90\x98\x9d\x9e\x9f])[^\x07\x1b\x9c\n]*(?:\x07|\x1b\\|\x9c)?/g
const SEQUENCES = /(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]?/g
const COLOR = /^\x1b\[[0-9;:]*m$/
const CONTROLS = /[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]/g
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: they are what this file removes

/** Without escape sequences and control characters other than line feeds and tabs; invisible characters are shown. */
export function cleanText(text: string): string {
  return showInvisible(text.replace(STRINGS, '').replace(SEQUENCES, '').replace(CONTROLS, ''))
}

/** Like `cleanText`, but keeps colors, and resets them at the end. */
export function cleanKeepingColors(text: string): string {
  let last = ''
  const colored = text.replace(STRINGS, '').replace(SEQUENCES, (sequence) => {
    if (!COLOR.test(sequence)) return ''
    last = sequence
    return sequence
  })
  const kept = showInvisible(colored.replace(CONTROLS, ''))
  return last === '' || /\[0?m$/.test(last) ? kept : `${kept}\x1b[0m`
}
