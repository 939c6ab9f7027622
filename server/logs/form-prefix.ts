/** How many characters of a form are at a position of a text. Positions must ascend. */
export type MeasurePrefix = (index: number) => number

export interface FormPrefix {
  readonly form: string
  in(text: string): MeasurePrefix
}

/** Compares no character of a text twice, however often form and text repeat themselves: Gusfield's Z algorithm. */
export function formPrefix(form: string): FormPrefix {
  let repeats: Int32Array | undefined
  const repeatAt = (index: number): number => {
    repeats ??= repeatsOf(form)
    return repeats[index] ?? 0
  }
  return { form, in: (text) => measureIn(text, form, repeatAt) }
}

/** For each position of the form, how many characters of its beginning are there. */
function repeatsOf(form: string): Int32Array {
  const repeats = new Int32Array(form.length)
  const measure = measureIn(form, form, (index) => repeats[index] ?? 0)
  for (let index = 1; index < form.length; index += 1) repeats[index] = measure(index)
  return repeats
}

function measureIn(text: string, form: string, repeatAt: (index: number) => number): MeasurePrefix {
  let [start, end] = [0, 0] // of the last beginning of the form that was found
  return (index) => {
    const known = index < end ? repeatAt(index - start) : 0
    if (known < end - index) return known
    let length = Math.max(0, end - index)
    while (length < form.length && text.charCodeAt(index + length) === form.charCodeAt(length)) length += 1
    ;[start, end] = [index, index + length]
    return length
  }
}
