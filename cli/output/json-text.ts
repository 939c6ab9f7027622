import { withGreatestInteger } from '../../image-spec/index.ts'
import { showInvisible } from '../../notation/index.ts'

/**
 * JSON as JSON.stringify writes it, with DEL, C1 controls and invisible characters escaped as well. SECURITY: terminals
 * interpret U+009B as the start of a sequence and U+202E as a change of direction, and images, registries and
 * repositories determine names and labels.
 */
export function jsonText(document: unknown, indent?: number): string {
  const json = withGreatestInteger(JSON.stringify(document, null, indent))
  return showInvisible(json.replace(/[\u007f-\u009f]/g, escaped), escaped)
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
