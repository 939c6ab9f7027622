import { showInvisible } from '../../../notation/show-invisible.ts'

/**
 * Terminal sequences: CSI, then strings up to BEL or ST (OSC, DCS, APC, PM, SOS), then the short ones. One that is not
 * closed swallows nothing but its introducer.
 */
const SEQUENCES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)|\x1b[ -/]*[0-~]?|[\x80-\x9f]/g

// biome-ignore lint/suspicious/noControlCharactersInRegex: shown as their pictures
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f]/g

/** SECURITY: names and logs are untrusted; hidden characters are made visible. */
export function plainText(text: string): string {
  return visible(text.replace(SEQUENCES, ''))
}

/** Text between color changes, with its remaining control characters as pictures. */
export function visible(text: string): string {
  return showInvisible(text.replace(CONTROLS, picture))
}

/** Removes all sequences except those that set colors (`ESC [ … m`). */
export function withoutMovements(text: string): string {
  return text.replace(SEQUENCES, (sequence) => (/^.\[[\d;:]*m$/.test(sequence) ? sequence : ''))
}

function picture(char: string): string {
  return char === '\x7f' ? '␡' : String.fromCharCode(0x2400 + char.charCodeAt(0))
}
