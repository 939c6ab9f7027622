/** Commands of docker, podman and buildah that tsbuild does not have, and their equivalents. */
const ABSENT: readonly (readonly [RegExp, string])[] = [
  [/^network$/, 'Use --network of tsbuild run: container:NAME joins the network of another container'],
  [/^((builder|buildx) )?bake$/, 'Run tsbuild build once for each target; unchanged steps come from the cache'],
  [/^(builder|buildx) (create|ls|use|inspect|rm|stop)$/, 'Use tsbuild build: there are no builders to choose'],
  [/^(buildx )?imagetools$/, 'Use tsbuild manifest inspect, tsbuild copy or tsbuild manifest create'],
  [/^(mount|unmount|umount|unshare)$/, 'Use tsbuild cp or tsbuild export to get files out of a container'],
  [/^(scout|trust)$/, 'Use tsbuild sbom, tsbuild sign or tsbuild verify'],
  [/^search$/, 'Search on the website of the registry, such as hub.docker.com'],
  [/^(bud|from|buildah|buildctl|kaniko|executor)$/, 'Use tsbuild build, which builds from a Dockerfile'],
  [/^(docker|podman|nerdctl|tsbuild)$/, 'Use the command alone, such as tsbuild ps'],
  [/^skopeo$/, 'Use tsbuild copy, tsbuild image inspect --remote or tsbuild tags'],
  [/^manifest add$/, 'Use tsbuild manifest create --amend'],
  [/^(delete|image delete)$/, 'Use tsbuild rm for containers, tsbuild image rm for images'],
  [/^(ls|list)$/, 'Use tsbuild ps for containers, tsbuild image ls for images'],
  [/^(pod|play|kube|generate)$/, 'Use --network container:NAME of tsbuild run to share the network of a container'],
  [/^(shell|sh|ssh|bash)$/, 'Use tsbuild exec -it CONTAINER sh'],
  [
    /^(config|secret)$/,
    'Mount a file with tsbuild run -v FILE:/run/secrets/NAME:ro, or in a build with tsbuild build --secret',
  ],
  [/^(compose|up|down)$/, 'Start containers with tsbuild run, with --network container:NAME to connect them'],
  [/^(context|swarm|service|stack|node|machine|plugin)$/, 'Use tsbuild on the machine itself: there is no daemon'],
]

/** Undefined for an unknown command. */
export function hintForWord(text: string): string | undefined {
  return ABSENT.find(([pattern]) => pattern.test(text))?.[1]
}
