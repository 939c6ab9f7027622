import { type FormPrefix, formPrefix, type MeasurePrefix } from './form-prefix.ts'

type Range = readonly [start: number, end: number]

export interface FoundForms {
  /** Complete matches in order, without those that overlapping ones cover. */
  readonly ranges: readonly Range[]
  /** From here on, the text may be the beginning of a form; otherwise the length of the text. */
  readonly openAt: number
}

export type FindForms = (text: string, isLast: boolean) => FoundForms

const HEAD_LENGTH = 8

/**
 * Searches for the first characters of all forms together: forms may be as long as a file, regular expressions may not.
 * SECURITY: in linear time, as the log may repeat what the secret repeats.
 */
export function findForms(forms: readonly string[]): FindForms {
  if (forms.length === 0) return (text) => ({ ranges: [], openAt: text.length })
  const headLength = forms.reduce((least, { length }) => Math.min(least, length), HEAD_LENGTH)
  const byHead = new Map<string, FormPrefix[]>()
  for (const form of forms) {
    const head = form.slice(0, headLength)
    byHead.set(head, [...(byHead.get(head) ?? []), formPrefix(form)])
  }
  const heads = [...byHead.keys()].map((head) => head.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const pattern = new RegExp(heads.join('|'), 'g')
  return (text, isLast) => {
    const ranges: Range[] = []
    const measured = new Map<string, readonly Measured[]>()
    pattern.lastIndex = 0
    for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
      const { index, 0: head } = found
      const candidates = measured.get(head) ?? measuredIn(text, byHead.get(head) ?? [])
      measured.set(head, candidates)
      const { longest, isOpen } = lengthsAt(index, text.length - index, candidates)
      if (!isLast && isOpen) return { ranges, openAt: index }
      pattern.lastIndex = index + 1 // forms may overlap
      if (longest > 0) addRange(ranges, [index, index + longest])
    }
    return { ranges, openAt: isLast ? text.length : openTail(forms, headLength, text) }
  }
}

interface Measured {
  readonly length: number
  readonly measure: MeasurePrefix
}

function measuredIn(text: string, prefixes: readonly FormPrefix[]): readonly Measured[] {
  return prefixes.map((prefix) => ({ length: prefix.form.length, measure: prefix.in(text) }))
}

/** Of the longest complete form; and whether a form continues after the `rest` of the text. */
function lengthsAt(index: number, rest: number, candidates: readonly Measured[]) {
  let [longest, isOpen] = [0, false]
  for (const { length, measure } of candidates) {
    const found = measure(index)
    if (found === length) longest = Math.max(longest, length)
    else if (found === rest) isOpen = true
  }
  return { longest, isOpen }
}

/** Keeps as many of those that overlap as it takes to cover their text. */
function addRange(ranges: Range[], range: Range): void {
  if (range[1] <= (ranges.at(-1)?.[1] ?? 0)) return
  if (range[0] < (ranges.at(-2)?.[1] ?? 0)) ranges.pop()
  ranges.push(range)
}

/** Endings that are shorter than a head. */
function openTail(forms: readonly string[], headLength: number, text: string): number {
  for (let index = Math.max(0, text.length - headLength + 1); index < text.length; index += 1) {
    const end = text.slice(index)
    if (forms.some((form) => form.startsWith(end))) return index
  }
  return text.length
}
