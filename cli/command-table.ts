import type { Command, CommandEntry } from './command.ts'
import { version } from './commands/version.ts'
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
    { name: 'graph', summary: 'Show the steps of a build and what they depend on', load: fromProgram('graph') },
  ]),
  ...inGroup('Images', [
    { name: 'image ls', aliases: ['images', 'image list'], summary: 'List images', load: fromProgram('imageLs') },
    { name: 'image inspect', summary: 'Show everything about images', load: fromProgram('imageInspect') },
    {
      name: 'history',
      aliases: ['image history'],
      summary: 'Show the layers of an image',
      load: fromProgram('history'),
    },
    { name: 'tag', aliases: ['image tag'], summary: 'Give an image a further name', load: fromProgram('tag') },
    { name: 'image rm', aliases: ['rmi', 'image remove'], summary: 'Remove images', load: fromProgram('imageRm') },
    { name: 'image prune', summary: 'Remove images that nobody needs', load: fromProgram('imagePrune') },
    { name: 'save', aliases: ['image save'], summary: 'Write images to an archive', load: fromProgram('save') },
    { name: 'load', aliases: ['image load'], summary: 'Read images from an archive', load: fromProgram('load') },
    {
      name: 'import',
      aliases: ['image import'],
      summary: 'Make an image from a root filesystem',
      load: fromProgram('importImage'),
    },
  ]),
  ...inGroup('Registries', [
    { name: 'pull', aliases: ['image pull'], summary: 'Fetch an image from a registry', load: fromProgram('pull') },
    { name: 'push', aliases: ['image push'], summary: 'Send an image to a registry', load: fromProgram('push') },
    { name: 'login', summary: 'Log in to a registry', load: fromProgram('login') },
    { name: 'logout', summary: 'Log out from a registry', load: fromProgram('logout') },
  ]),
  ...inGroup('Containers', [
    { name: 'run', aliases: ['container run'], summary: 'Run a command in a new container', load: fromProgram('run') },
    {
      name: 'create',
      aliases: ['container create'],
      summary: 'Make a container without starting it',
      load: fromProgram('create'),
    },
    { name: 'start', aliases: ['container start'], summary: 'Start containers', load: fromProgram('start') },
    {
      name: 'exec',
      aliases: ['container exec'],
      summary: 'Run a further command in a running container',
      load: fromProgram('exec'),
    },
    {
      name: 'attach',
      aliases: ['container attach'],
      summary: 'Connect to a running container',
      load: fromProgram('attach'),
    },
    {
      name: 'ps',
      aliases: ['container ls', 'container ps', 'container list'],
      summary: 'List containers',
      load: fromProgram('ps'),
    },
    { name: 'logs', aliases: ['container logs'], summary: 'Show the output of a container', load: fromProgram('logs') },
    { name: 'stop', aliases: ['container stop'], summary: 'Stop containers', load: fromProgram('stop') },
    { name: 'kill', aliases: ['container kill'], summary: 'Send a signal to containers', load: fromProgram('kill') },
    {
      name: 'restart',
      aliases: ['container restart'],
      summary: 'Stop and start containers',
      load: fromProgram('restart'),
    },
    { name: 'wait', aliases: ['container wait'], summary: 'Wait until containers end', load: fromProgram('wait') },
    { name: 'inspect', summary: 'Show everything about containers, images or volumes', load: fromProgram('inspect') },
    { name: 'container inspect', summary: 'Show everything about containers', load: fromProgram('containerInspect') },
    {
      name: 'rm',
      aliases: ['container rm', 'container remove'],
      summary: 'Remove containers',
      load: fromProgram('rm'),
    },
    {
      name: 'pause',
      aliases: ['container pause'],
      summary: 'Halt all processes of containers',
      load: fromProgram('pause'),
    },
    {
      name: 'unpause',
      aliases: ['container unpause'],
      summary: 'Let paused containers go on',
      load: fromProgram('unpause'),
    },
    {
      name: 'rename',
      aliases: ['container rename'],
      summary: 'Give a container another name',
      load: fromProgram('rename'),
    },
    {
      name: 'update',
      aliases: ['container update'],
      summary: 'Change the limits of containers',
      load: fromProgram('update'),
    },
    {
      name: 'port',
      aliases: ['container port'],
      summary: 'Show the published ports of a container',
      load: fromProgram('port'),
    },
    {
      name: 'commit',
      aliases: ['container commit'],
      summary: 'Make an image of what a container changed',
      load: fromProgram('commit'),
    },
    { name: 'container prune', summary: 'Remove containers that do not run', load: fromProgram('containerPrune') },
    { name: 'top', aliases: ['container top'], summary: 'Show the processes of a container', load: fromProgram('top') },
    {
      name: 'stats',
      aliases: ['container stats'],
      summary: 'Show what containers use, live',
      load: fromProgram('stats'),
    },
    {
      name: 'diff',
      aliases: ['container diff'],
      summary: 'Show what a container changed in its files',
      load: fromProgram('diff'),
    },
    {
      name: 'cp',
      aliases: ['container cp'],
      summary: 'Copy files between a container and this machine',
      load: fromProgram('cp'),
    },
    {
      name: 'export',
      aliases: ['container export'],
      summary: 'Write the files of a container to an archive',
      load: fromProgram('exportContainer'),
    },
  ]),
  ...inGroup('Volumes', [
    { name: 'volume create', summary: 'Make a volume', load: fromProgram('volumeCreate') },
    { name: 'volume ls', aliases: ['volume list'], summary: 'List volumes', load: fromProgram('volumeLs') },
    { name: 'volume inspect', summary: 'Show everything about volumes', load: fromProgram('volumeInspect') },
    { name: 'volume rm', aliases: ['volume remove'], summary: 'Remove volumes', load: fromProgram('volumeRm') },
    { name: 'volume prune', summary: 'Remove volumes that no container uses', load: fromProgram('volumePrune') },
  ]),
  ...inGroup('Server', [
    { name: 'serve', summary: 'Start the build server', load: fromProgram('serve') },
    { name: 'worker', summary: 'Start a worker of a build server elsewhere', load: fromProgram('worker') },
    ...serverCommands,
    { name: '__build-job', hidden: true, summary: 'Run one build of the server', load: fromProgram('buildJob') },
  ]),
  ...inGroup('System', [
    { name: 'du', aliases: ['system df'], summary: 'Show how much disk is used', load: fromProgram('du') },
    { name: 'prune', aliases: ['system prune'], summary: 'Remove what nobody needs', load: fromProgram('prune') },
    {
      name: 'builder prune',
      aliases: ['buildx prune'],
      summary: 'Remove the build cache',
      load: fromProgram('builderPrune'),
    },
    {
      name: 'events',
      aliases: ['system events'],
      summary: 'Show what happens to containers, images and volumes, live',
      load: fromProgram('events'),
    },
    {
      name: 'info',
      aliases: ['system info'],
      summary: 'Show information about this machine and the store',
      load: fromProgram('info'),
    },
    {
      name: 'system reset',
      summary: 'Remove the store with all images, containers and volumes',
      load: fromProgram('systemReset'),
    },
    { name: 'doctor', summary: 'Check what this machine can do', load: fromProgram('doctor') },
    { name: 'version', summary: 'Show the version', load: async () => version(fromProgram('formattedVersion')) },
    {
      name: 'completion',
      summary: 'Print a script that completes commands in your shell',
      load: fromProgram('completion'),
    },
    { name: '__complete', hidden: true, summary: 'Answer the completion scripts', load: fromProgram('complete') },
    { name: 'help', summary: 'Show the help of a command', load: fromProgram('help') },
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
