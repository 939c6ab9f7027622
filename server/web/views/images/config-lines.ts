/** A property of an image configuration as lines; none if it is empty. */
export function linesOf(value: unknown): readonly string[] {
  if (value === null || value === undefined || value === '' || value === false) return []
  if (Array.isArray(value)) return value.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
  if (typeof value !== 'object') return [String(value)]
  return Object.entries(value).map(([name, one]) => {
    const text = typeof one === 'string' ? one : JSON.stringify(one)
    return text === '{}' ? name : `${name}=${text}`
  })
}
