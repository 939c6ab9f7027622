/** Next to an ASCII character, a joiner or variation selector is invisible. `1\ufe0f\u20e3` is an emoji. */
const AFTER_ASCII = /(?<=[\0-\x7f])(?:\u200c|\u200d|[\ufe00-\ufe0f](?!\u20e3))|(?:\u200c|\u200d)(?=[\0-\x7f])/g

/**
 * Shows invisible characters as `‹U+202E›`. SECURITY: a name must not look like another one, nor reorder the text next
 * to it.
 */
export function showInvisible(text: string, show = shown): string {
  return /[^\0-\x7f]/.test(text) ? text.replace(invisible(), show).replace(AFTER_ASCII, show) : text
}

/**
 * Characters that change text direction, are invisible or break lines. Joiners and variation selectors are part of
 * emoji and scripts. Not a constant: its parsing takes 0.3 ms at every start.
 */
function invisible(): RegExp {
  return /[\u2028\u2029\ufff9-\ufffb]|(?!\u200c|\u200d|[\ufe00-\ufe0f])\p{Default_Ignorable_Code_Point}/gu
}

function shown(character: string): string {
  return `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}›`
}
