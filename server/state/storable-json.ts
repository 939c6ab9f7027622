/** Escapes of NUL and of unpaired surrogates, which `JSON.stringify` writes in lower case; not the text of an escape. */
const NOT_STORABLE = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/g

/** For PostgreSQL's jsonb, which has neither NUL nor unpaired surrogates: both become U+FFFD. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value).replace(NOT_STORABLE, '$1\\ufffd')
}
