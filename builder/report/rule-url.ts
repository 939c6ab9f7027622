/** Of a rule in docker's documentation of build checks: `FromAsCasing` becomes `from-as-casing`. */
export function ruleUrl(name: string): string {
  const words = name.match(/^JSON|[A-Z][a-z]*/g) ?? []
  return `https://docs.docker.com/go/dockerfile/rule/${words.join('-').toLowerCase()}/`
}
