/** They change the direction of text, take no room or begin a line. Joiners and variants are part of emoji and of scripts. */
const INVISIBLE = /[\u2028\u2029\ufff9-\ufffb]|(?!\u200c|\u200d|[\ufe00-\ufe0f])\p{Default_Ignorable_Code_Point}/gu
/** Next to an ASCII character, a joiner or variant changes nothing that is seen. `1\ufe0f\u20e3` is an emoji. */
const AFTER_ASCII = /(?<=[\0-\x7f])(?:\u200c|\u200d|[\ufe00-\ufe0f](?!\u20e3))|(?:\u200c|\u200d)(?=[\0-\x7f])/g

/**
 * Invisible characters as `‹U+202E›`. SECURITY: a name with them must not look like another name, nor reorder the text
 * next to it.
 */
export function showInvisible(text: string, show = shown): string {
  return /[^\0-\x7f]/.test(text) ? text.replace(INVISIBLE, show).replace(AFTER_ASCII, show) : text
}

function shown(character: string): string {
  return `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`
}
