/** What people type who know docker or buildah, and what does here what they want. */
const ABSENT: readonly (readonly [RegExp, string])[] = [
  [/^network$/, 'Networks are not made: see --network of tsbuild run; container:NAME is that of another container'],
  [
    /^(builder|buildx) (create|ls|use|inspect|bake)$/,
    'There are no builders to choose: tsbuild build builds right here',
  ],
  [/^search$/, 'Search in the web pages of a registry, such as hub.docker.com'],
  [/^(bud|from|buildah)$/, 'tsbuild build builds from a Dockerfile'],
  [
    /^compose$/,
    'There is no compose: start containers with tsbuild run, with --network container:NAME where they talk',
  ],
  [/^(context|swarm|service|stack|node)$/, 'There is no daemon that could be elsewhere: everything is done here'],
]

/** Undefined where nothing is known of the word. */
export function hintForWord(text: string): string | undefined {
  return ABSENT.find(([pattern]) => pattern.test(text))?.[1]
}
