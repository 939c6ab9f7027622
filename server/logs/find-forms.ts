export interface FoundForms {
  /** Complete matches: start and end. */
  readonly ranges: readonly (readonly [number, number])[]
  /** From here on, the text may be the beginning of a form; otherwise the length of the text. */
  readonly openAt: number
}

export type FindForms = (text: string, isLast: boolean) => FoundForms

const HEAD_LENGTH = 8

/**
 * Searches for the first characters of all forms together: forms may be as long as a file, regular expressions may not.
 */
export function findForms(forms: readonly string[]): FindForms {
  if (forms.length === 0) return (text) => ({ ranges: [], openAt: text.length })
  const heads = [...new Set(forms.map((form) => form.slice(0, HEAD_LENGTH)))]
  const pattern = new RegExp(heads.map((head) => head.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'g')
  return (text, isLast) => {
    const ranges: (readonly [number, number])[] = []
    pattern.lastIndex = 0
    for (let head = pattern.exec(text); head !== null; head = pattern.exec(text)) {
      const { index } = head
      if (!isLast && isOpen(forms, text, index)) return { ranges, openAt: index }
      const form = forms.find((one) => text.startsWith(one, index))
      pattern.lastIndex = index + 1 // forms may overlap
      if (form !== undefined) ranges.push([index, index + form.length])
    }
    return { ranges, openAt: isLast ? text.length : openTail(forms, text) }
  }
}

function isOpen(forms: readonly string[], text: string, index: number): boolean {
  const length = text.length - index
  return forms.some((form) => form.length > length && form.startsWith(text.slice(index)))
}

/** Endings that are shorter than a head. */
function openTail(forms: readonly string[], text: string): number {
  for (let index = Math.max(0, text.length - HEAD_LENGTH + 1); index < text.length; index += 1) {
    if (isOpen(forms, text, index)) return index
  }
  return text.length
}
