import type { Command, CommandEntry } from './command.ts'
import { version } from './commands/system/version.ts'
import { serverCommands } from './server-commands.ts'

type Program = typeof import('./program.ts')

export const commandTable: readonly CommandEntry[] = [
  ...inGroup('Build', [
    {
      name: 'build',
      aliases: ['image build', 'builder build', 'buildx build'],
      summary: 'Build an image from a Dockerfile',
      load: fromProgram('build'),
    },
    { name: 'graph', summary: 'Print the build graph: steps and their dependencies', load: fromProgram('graph') },
  ]),
  ...inGroup('Images', [
    { name: 'image ls', aliases: ['images', 'image list'], summary: 'List images', load: fromProgram('imageLs') },
    { name: 'image inspect', summary: 'Display detailed information on images', load: fromProgram('imageInspect') },
    {
      name: 'image diff',
      summary: 'Compare config, history and files of two images',
      load: fromProgram('imageDiff'),
    },
    {
      name: 'history',
      aliases: ['image history'],
      summary: 'Show the history of an image',
      load: fromProgram('history'),
    },
    {
      name: 'sbom',
      aliases: ['image sbom'],
      summary: 'List the packages of an image as SPDX or CycloneDX',
      load: fromProgram('sbom'),
    },
    { name: 'tag', aliases: ['image tag'], summary: 'Create a tag that refers to an image', load: fromProgram('tag') },
    { name: 'image rm', aliases: ['rmi', 'image remove'], summary: 'Remove images', load: fromProgram('imageRm') },
    { name: 'image prune', summary: 'Remove unused images', load: fromProgram('imagePrune') },
    { name: 'save', aliases: ['image save'], summary: 'Save images to a tar archive', load: fromProgram('save') },
    { name: 'load', aliases: ['image load'], summary: 'Load images from a tar archive', load: fromProgram('load') },
    {
      name: 'import',
      aliases: ['image import'],
      summary: 'Create an image from a root filesystem',
      load: fromProgram('importImage'),
    },
  ]),
  ...inGroup('Registries', [
    { name: 'pull', aliases: ['image pull'], summary: 'Download an image from a registry', load: fromProgram('pull') },
    { name: 'push', aliases: ['image push'], summary: 'Upload an image to a registry', load: fromProgram('push') },
    {
      name: 'copy',
      aliases: ['image copy'],
      summary: 'Copy an image between registries, layouts, archives and the store',
      load: fromProgram('copy'),
    },
    {
      name: 'manifest create',
      summary: 'Create a local manifest list, to be pushed as a multi-platform image',
      load: fromProgram('manifestCreate'),
    },
    {
      name: 'manifest annotate',
      summary: 'Set the platform of an entry in a local manifest list',
      load: fromProgram('manifestAnnotate'),
    },
    {
      name: 'manifest inspect',
      summary: 'Display a manifest list, or a manifest in a registry',
      load: fromProgram('manifestInspect'),
    },
    {
      name: 'manifest push',
      summary: 'Push a manifest list to a registry',
      load: fromProgram('manifestPush'),
    },
    { name: 'manifest rm', summary: 'Remove local manifest lists', load: fromProgram('manifestRm') },
    { name: 'tags', summary: 'List the tags of a repository in a registry', load: fromProgram('tags') },
    { name: 'sign', summary: 'Sign an image in a registry with a key file', load: fromProgram('sign') },
    {
      name: 'verify',
      summary: 'Verify the signatures or attestations of an image in a registry',
      load: fromProgram('verify'),
    },
    {
      name: 'attest',
      summary: 'Sign statements about an image in a registry: SBOM, provenance',
      load: fromProgram('attest'),
    },
    { name: 'key generate', summary: 'Create a key pair for signing images', load: fromProgram('keyGenerate') },
    { name: 'login', summary: 'Log in to a registry', load: fromProgram('login') },
    { name: 'logout', summary: 'Log out of a registry', load: fromProgram('logout') },
  ]),
  ...inGroup('Containers', [
    {
      name: 'run',
      aliases: ['container run'],
      summary: 'Create and run a new container from an image',
      load: fromProgram('run'),
    },
    {
      name: 'create',
      aliases: ['container create'],
      summary: 'Create a new container',
      load: fromProgram('create'),
    },
    { name: 'start', aliases: ['container start'], summary: 'Start stopped containers', load: fromProgram('start') },
    {
      name: 'exec',
      aliases: ['container exec'],
      summary: 'Execute a command in a running container',
      load: fromProgram('exec'),
    },
    {
      name: 'attach',
      aliases: ['container attach'],
      summary: 'Attach standard streams to a running container',
      load: fromProgram('attach'),
    },
    {
      name: 'ps',
      aliases: ['container ls', 'container ps', 'container list'],
      summary: 'List containers',
      load: fromProgram('ps'),
    },
    { name: 'logs', aliases: ['container logs'], summary: 'Fetch the logs of a container', load: fromProgram('logs') },
    { name: 'stop', aliases: ['container stop'], summary: 'Stop running containers', load: fromProgram('stop') },
    {
      name: 'kill',
      aliases: ['container kill'],
      summary: 'Kill running containers, or send them a signal',
      load: fromProgram('kill'),
    },
    {
      name: 'restart',
      aliases: ['container restart'],
      summary: 'Restart containers',
      load: fromProgram('restart'),
    },
    {
      name: 'wait',
      aliases: ['container wait'],
      summary: 'Block until containers stop, then print their exit codes',
      load: fromProgram('wait'),
    },
    {
      name: 'inspect',
      summary: 'Display detailed information on containers, images or volumes',
      load: fromProgram('inspect'),
    },
    {
      name: 'container inspect',
      summary: 'Display detailed information on containers',
      load: fromProgram('containerInspect'),
    },
    {
      name: 'rm',
      aliases: ['container rm', 'container remove'],
      summary: 'Remove containers',
      load: fromProgram('rm'),
    },
    {
      name: 'pause',
      aliases: ['container pause'],
      summary: 'Pause all processes within containers',
      load: fromProgram('pause'),
    },
    {
      name: 'unpause',
      aliases: ['container unpause'],
      summary: 'Unpause all processes within containers',
      load: fromProgram('unpause'),
    },
    {
      name: 'rename',
      aliases: ['container rename'],
      summary: 'Rename a container',
      load: fromProgram('rename'),
    },
    {
      name: 'update',
      aliases: ['container update'],
      summary: 'Update the configuration of containers',
      load: fromProgram('update'),
    },
    {
      name: 'port',
      aliases: ['container port'],
      summary: 'List port mappings of a container',
      load: fromProgram('port'),
    },
    {
      name: 'commit',
      aliases: ['container commit'],
      summary: "Create an image from a container's changes",
      load: fromProgram('commit'),
    },
    { name: 'container prune', summary: 'Remove all stopped containers', load: fromProgram('containerPrune') },
    {
      name: 'top',
      aliases: ['container top'],
      summary: 'Display the running processes of a container',
      load: fromProgram('top'),
    },
    {
      name: 'stats',
      aliases: ['container stats'],
      summary: 'Display a live stream of container resource usage',
      load: fromProgram('stats'),
    },
    {
      name: 'diff',
      aliases: ['container diff'],
      summary: "Inspect changes to files in a container's filesystem",
      load: fromProgram('diff'),
    },
    {
      name: 'cp',
      aliases: ['container cp'],
      summary: 'Copy files between a container and the local filesystem',
      load: fromProgram('cp'),
    },
    {
      name: 'export',
      aliases: ['container export'],
      summary: "Export a container's filesystem as a tar archive",
      load: fromProgram('exportContainer'),
    },
  ]),
  ...inGroup('Volumes', [
    { name: 'volume create', summary: 'Create a volume', load: fromProgram('volumeCreate') },
    { name: 'volume ls', aliases: ['volume list'], summary: 'List volumes', load: fromProgram('volumeLs') },
    { name: 'volume inspect', summary: 'Display detailed information on volumes', load: fromProgram('volumeInspect') },
    { name: 'volume rm', aliases: ['volume remove'], summary: 'Remove volumes', load: fromProgram('volumeRm') },
    { name: 'volume prune', summary: 'Remove unused volumes', load: fromProgram('volumePrune') },
  ]),
  ...inGroup('Server', [
    { name: 'serve', summary: 'Start the build server', load: fromProgram('serve') },
    { name: 'worker', summary: 'Start a worker for a build server', load: fromProgram('worker') },
    ...serverCommands,
    { name: '__build-job', hidden: true, summary: 'Run one build of the server', load: fromProgram('buildJob') },
    { name: '__prune-job', hidden: true, summary: 'Prune one store of the server', load: fromProgram('pruneJob') },
  ]),
  ...inGroup('System', [
    { name: 'ui', summary: 'Show an image or disk usage on a page', load: fromProgram('ui') },
    { name: 'du', aliases: ['system df'], summary: 'Show disk usage', load: fromProgram('du') },
    { name: 'prune', aliases: ['system prune'], summary: 'Remove unused data', load: fromProgram('prune') },
    {
      name: 'builder prune',
      aliases: ['buildx prune'],
      summary: 'Remove the build cache',
      load: fromProgram('builderPrune'),
    },
    {
      name: 'events',
      aliases: ['system events'],
      summary: 'Stream events of containers, images and volumes',
      load: fromProgram('events'),
    },
    {
      name: 'info',
      aliases: ['system info'],
      summary: 'Display system-wide information',
      load: fromProgram('info'),
    },
    {
      name: 'system reset',
      summary: 'Remove the store with all images, containers and volumes',
      load: fromProgram('systemReset'),
    },
    { name: 'doctor', summary: 'Check this machine for missing prerequisites', load: fromProgram('doctor') },
    {
      name: 'version',
      summary: 'Show the version information',
      load: async () => version(fromProgram('formattedVersion')),
    },
    {
      name: 'completion',
      summary: 'Print a shell completion script',
      load: fromProgram('completion'),
    },
    { name: '__complete', hidden: true, summary: 'Complete a command line', load: fromProgram('complete') },
    { name: 'help', summary: 'Show help for a command', load: fromProgram('help') },
  ]),
]

function inGroup(
  group: CommandEntry['group'],
  entries: readonly Omit<CommandEntry, 'group'>[],
): readonly CommandEntry[] {
  return entries.map((entry) => ({ ...entry, group }))
}

function fromProgram(name: keyof Program['commands']): () => Promise<Command> {
  return async () => (await import('./program.ts')).commands[name]()
}
