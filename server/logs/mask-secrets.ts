import { type FoundForms, findForms } from './find-forms.ts'
import { secretForms } from './secret-forms.ts'

const MASK = '***'

/** Of text that is held back: it is searched again with a quarter more, not with each line. */
const LONG = 1024

export interface Mask {
  /** Text that may be shown now; text that may be the start of a secret is held back. */
  push(text: string): string
  end(): string
}

/**
 * SECURITY: a step may print a secret in plain or encoded form, and in pieces. → test/server/logs/mask-secrets.test.ts
 */
export function createMask(secrets: Iterable<string>): () => Mask {
  const { plain, base64 } = secretForms(secrets)
  if (plain.length + base64.length === 0) return () => ({ push: (text) => text, end: () => '' })
  const [findPlain, findBase64] = [findForms(plain), findForms(base64)]
  const maskWhole = (text: string, isLast: boolean): { readonly shown: string; readonly held: string } => {
    const found = [findPlain(text, isLast), inLines(text, findBase64(text.replaceAll(LINE_END, ''), isLast))]
    const ranges = found.flatMap((one) => one.ranges).sort(([a], [b]) => a - b)
    const openAt = Math.min(...found.map((one) => one.openAt))
    const cut = ranges.find(([start, end]) => start < openAt && end > openAt)?.[0] ?? openAt
    return { shown: blankOut(text.slice(0, cut), ranges), held: text.slice(cut) }
  }
  return () => {
    let [held, added] = ['', '']
    const next = (text: string, isLast: boolean): string => {
      added += text
      if (!isLast && held.length > LONG && added.length < held.length / 4) return ''
      const masked = maskWhole(held + added, isLast)
      ;[held, added] = [masked.held, '']
      return masked.shown
    }
    return { push: (text) => next(text, false), end: () => next('', true) }
  }
}

/** Masks a complete text. */
export function maskText(text: string, secrets: Iterable<string>): string {
  const mask = createMask(secrets)()
  return mask.push(text) + mask.end()
}

function blankOut(text: string, ranges: FoundForms['ranges']): string {
  let [shown, at] = ['', 0]
  for (const [start, end] of ranges) {
    if (start >= text.length) break
    if (start >= at) shown += text.slice(at, start) + MASK
    at = Math.max(at, end)
  }
  return shown + text.slice(at)
}

const LINE_END = /\r?\n/g

/** Maps positions in the text without line breaks to positions in the text. */
function inLines(text: string, found: FoundForms): FoundForms {
  const ends = [...text.matchAll(LINE_END)]
  if (ends.length === 0) return found
  let [index, removed] = [0, 0]
  const place = (at: number): number => {
    for (let end = ends[index]; end !== undefined && end.index - removed <= at; end = ends[index]) {
      removed += end[0].length
      index += 1
    }
    return at + removed
  }
  const ranges = found.ranges.map(([start, end]) => [place(start), place(end - 1) + 1] as const)
  const isOpen = found.openAt < text.length - ends.reduce((sum, [end]) => sum + end.length, 0)
  return { ranges, openAt: isOpen ? place(found.openAt) : text.length }
}
