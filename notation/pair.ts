/** `key=value`: the parts before and after the first `=`. The value is undefined without one. */
export function splitPair(text: string): readonly [key: string, value: string | undefined] {
  const equals = text.indexOf('=')
  return equals < 0 ? [text, undefined] : [text.slice(0, equals), text.slice(equals + 1)]
}

/** Like `splitPair`, as an entry of a record: the value is empty without `=`. */
export function splitEntry(text: string): readonly [key: string, value: string] {
  const [key, value = ''] = splitPair(text)
  return [key, value]
}
