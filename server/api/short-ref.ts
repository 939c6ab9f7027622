/** `main`, `tag v1.2`, `pull request 7`. */
export function shortRef(ref: string): string {
  const pull = /^refs\/(?:pull|merge-requests|pull-requests)\/(\d+)\//.exec(ref)
  if (pull) return `pull request ${pull[1]}`
  return ref.replace(/^refs\/(heads|tags)\//, (_, kind: string) => (kind === 'tags' ? 'tag ' : ''))
}
