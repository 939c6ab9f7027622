/** Commands of docker and buildah that tsbuild does not have, and their equivalents. */
const ABSENT: readonly (readonly [RegExp, string])[] = [
  [/^network$/, 'Use --network of tsbuild run: container:NAME joins the network of another container'],
  [/^((builder|buildx) )?bake$/, 'Run tsbuild build once for each target; unchanged steps come from the cache'],
  [/^(builder|buildx) (create|ls|use|inspect|rm|stop)$/, 'Use tsbuild build: there are no builders to choose'],
  [/^(buildx )?imagetools$/, 'Use tsbuild manifest inspect, tsbuild copy or tsbuild manifest create'],
  [/^(mount|unmount|umount|unshare)$/, 'Use tsbuild cp or tsbuild export to get files out of a container'],
  [/^(scout|trust)$/, 'Use tsbuild sbom, tsbuild sign or tsbuild verify'],
  [/^search$/, 'Search in the web pages of a registry, such as hub.docker.com'],
  [/^(bud|from|buildah)$/, 'Use tsbuild build, which builds from a Dockerfile'],
  [/^compose$/, 'Start containers with tsbuild run, with --network container:NAME to connect them'],
  [/^(context|swarm|service|stack|node)$/, 'Use tsbuild on the machine itself: there is no daemon'],
]

/** Undefined for an unknown command. */
export function hintForWord(text: string): string | undefined {
  return ABSENT.find(([pattern]) => pattern.test(text))?.[1]
}
