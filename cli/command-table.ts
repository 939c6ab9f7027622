import type { Command } from './command.ts'
import { version } from './commands/version.ts'

/** A command that can be called. Its code is loaded when it is. */
export interface CommandEntry {
  /** One word or two: `build`, `image ls`. */
  readonly name: string
  /** Other names in full: `images`, `image list`. */
  readonly aliases?: readonly string[]
  readonly summary: string
  /** Not in the help: for the shell's completion. */
  readonly hidden?: boolean
  readonly group: 'Build' | 'Images' | 'Registries' | 'Containers' | 'Volumes' | 'System'
  readonly load: () => Promise<Command>
}

export const commandTable: readonly CommandEntry[] = [
  {
    name: 'build',
    aliases: ['image build', 'builder build', 'buildx build'],
    summary: 'Build an image from a Dockerfile',
    group: 'Build',
    load: async () => (await loadCommands()).build(),
  },
  {
    name: 'graph',
    summary: 'Show the steps of a build and what they depend on',
    group: 'Build',
    load: async () => (await loadCommands()).graph(),
  },
  {
    name: 'image ls',
    aliases: ['images', 'image list'],
    summary: 'List images',
    group: 'Images',
    load: async () => (await loadCommands()).imageLs(),
  },
  {
    name: 'image inspect',
    summary: 'Show everything about images',
    group: 'Images',
    load: async () => (await loadCommands()).imageInspect(),
  },
  {
    name: 'history',
    aliases: ['image history'],
    summary: 'Show the layers of an image',
    group: 'Images',
    load: async () => (await loadCommands()).history(),
  },
  {
    name: 'tag',
    aliases: ['image tag'],
    summary: 'Give an image a further name',
    group: 'Images',
    load: async () => (await loadCommands()).tag(),
  },
  {
    name: 'image rm',
    aliases: ['rmi', 'image remove'],
    summary: 'Remove images',
    group: 'Images',
    load: async () => (await loadCommands()).imageRm(),
  },
  {
    name: 'image prune',
    summary: 'Remove images that nobody needs',
    group: 'Images',
    load: async () => (await loadCommands()).imagePrune(),
  },
  {
    name: 'save',
    aliases: ['image save'],
    summary: 'Write images to an archive',
    group: 'Images',
    load: async () => (await loadCommands()).save(),
  },
  {
    name: 'load',
    aliases: ['image load'],
    summary: 'Read images from an archive',
    group: 'Images',
    load: async () => (await loadCommands()).load(),
  },
  {
    name: 'import',
    aliases: ['image import'],
    summary: 'Make an image from a root filesystem',
    group: 'Images',
    load: async () => (await loadCommands()).importImage(),
  },
  {
    name: 'pull',
    aliases: ['image pull'],
    summary: 'Fetch an image from a registry',
    group: 'Registries',
    load: async () => (await loadCommands()).pull(),
  },
  {
    name: 'push',
    aliases: ['image push'],
    summary: 'Send an image to a registry',
    group: 'Registries',
    load: async () => (await loadCommands()).push(),
  },
  {
    name: 'login',
    summary: 'Log in to a registry',
    group: 'Registries',
    load: async () => (await loadCommands()).login(),
  },
  {
    name: 'logout',
    summary: 'Log out from a registry',
    group: 'Registries',
    load: async () => (await loadCommands()).logout(),
  },
  {
    name: 'run',
    aliases: ['container run'],
    summary: 'Run a command in a new container',
    group: 'Containers',
    load: async () => (await loadCommands()).run(),
  },
  {
    name: 'create',
    aliases: ['container create'],
    summary: 'Make a container without starting it',
    group: 'Containers',
    load: async () => (await loadCommands()).create(),
  },
  {
    name: 'start',
    aliases: ['container start'],
    summary: 'Start containers',
    group: 'Containers',
    load: async () => (await loadCommands()).start(),
  },
  {
    name: 'exec',
    aliases: ['container exec'],
    summary: 'Run a further command in a running container',
    group: 'Containers',
    load: async () => (await loadCommands()).exec(),
  },
  {
    name: 'attach',
    aliases: ['container attach'],
    summary: 'Connect to a running container',
    group: 'Containers',
    load: async () => (await loadCommands()).attach(),
  },
  {
    name: 'ps',
    aliases: ['container ls', 'container ps', 'container list'],
    summary: 'List containers',
    group: 'Containers',
    load: async () => (await loadCommands()).ps(),
  },
  {
    name: 'logs',
    aliases: ['container logs'],
    summary: 'Show the output of a container',
    group: 'Containers',
    load: async () => (await loadCommands()).logs(),
  },
  {
    name: 'stop',
    aliases: ['container stop'],
    summary: 'Stop containers',
    group: 'Containers',
    load: async () => (await loadCommands()).stop(),
  },
  {
    name: 'kill',
    aliases: ['container kill'],
    summary: 'Send a signal to containers',
    group: 'Containers',
    load: async () => (await loadCommands()).kill(),
  },
  {
    name: 'restart',
    aliases: ['container restart'],
    summary: 'Stop and start containers',
    group: 'Containers',
    load: async () => (await loadCommands()).restart(),
  },
  {
    name: 'wait',
    aliases: ['container wait'],
    summary: 'Wait until containers end',
    group: 'Containers',
    load: async () => (await loadCommands()).wait(),
  },
  {
    name: 'inspect',
    summary: 'Show everything about containers, images or volumes',
    group: 'Containers',
    load: async () => (await loadCommands()).inspect(),
  },
  {
    name: 'container inspect',
    summary: 'Show everything about containers',
    group: 'Containers',
    load: async () => (await loadCommands()).containerInspect(),
  },
  {
    name: 'rm',
    aliases: ['container rm', 'container remove'],
    summary: 'Remove containers',
    group: 'Containers',
    load: async () => (await loadCommands()).rm(),
  },
  {
    name: 'pause',
    aliases: ['container pause'],
    summary: 'Halt all processes of containers',
    group: 'Containers',
    load: async () => (await loadCommands()).pause(),
  },
  {
    name: 'unpause',
    aliases: ['container unpause'],
    summary: 'Let paused containers go on',
    group: 'Containers',
    load: async () => (await loadCommands()).unpause(),
  },
  {
    name: 'rename',
    aliases: ['container rename'],
    summary: 'Give a container another name',
    group: 'Containers',
    load: async () => (await loadCommands()).rename(),
  },
  {
    name: 'update',
    aliases: ['container update'],
    summary: 'Change the limits of containers',
    group: 'Containers',
    load: async () => (await loadCommands()).update(),
  },
  {
    name: 'port',
    aliases: ['container port'],
    summary: 'Show the published ports of a container',
    group: 'Containers',
    load: async () => (await loadCommands()).port(),
  },
  {
    name: 'commit',
    aliases: ['container commit'],
    summary: 'Make an image of what a container changed',
    group: 'Containers',
    load: async () => (await loadCommands()).commit(),
  },
  {
    name: 'container prune',
    summary: 'Remove containers that do not run',
    group: 'Containers',
    load: async () => (await loadCommands()).containerPrune(),
  },
  {
    name: 'top',
    aliases: ['container top'],
    summary: 'Show the processes of a container',
    group: 'Containers',
    load: async () => (await loadCommands()).top(),
  },
  {
    name: 'stats',
    aliases: ['container stats'],
    summary: 'Show what containers use, live',
    group: 'Containers',
    load: async () => (await loadCommands()).stats(),
  },
  {
    name: 'diff',
    aliases: ['container diff'],
    summary: 'Show what a container changed in its files',
    group: 'Containers',
    load: async () => (await loadCommands()).diff(),
  },
  {
    name: 'cp',
    aliases: ['container cp'],
    summary: 'Copy files between a container and this machine',
    group: 'Containers',
    load: async () => (await loadCommands()).cp(),
  },
  {
    name: 'export',
    aliases: ['container export'],
    summary: 'Write the files of a container to an archive',
    group: 'Containers',
    load: async () => (await loadCommands()).exportContainer(),
  },
  {
    name: 'volume create',
    summary: 'Make a volume',
    group: 'Volumes',
    load: async () => (await loadCommands()).volumeCreate(),
  },
  {
    name: 'volume ls',
    aliases: ['volume list'],
    summary: 'List volumes',
    group: 'Volumes',
    load: async () => (await loadCommands()).volumeLs(),
  },
  {
    name: 'volume inspect',
    summary: 'Show everything about volumes',
    group: 'Volumes',
    load: async () => (await loadCommands()).volumeInspect(),
  },
  {
    name: 'volume rm',
    aliases: ['volume remove'],
    summary: 'Remove volumes',
    group: 'Volumes',
    load: async () => (await loadCommands()).volumeRm(),
  },
  {
    name: 'volume prune',
    summary: 'Remove volumes that no container uses',
    group: 'Volumes',
    load: async () => (await loadCommands()).volumePrune(),
  },
  {
    name: 'du',
    aliases: ['system df'],
    summary: 'Show how much disk is used',
    group: 'System',
    load: async () => (await loadCommands()).du(),
  },
  {
    name: 'prune',
    aliases: ['system prune'],
    summary: 'Remove what nobody needs',
    group: 'System',
    load: async () => (await loadCommands()).prune(),
  },
  {
    name: 'builder prune',
    aliases: ['buildx prune'],
    summary: 'Remove the build cache',
    group: 'System',
    load: async () => (await loadCommands()).builderPrune(),
  },
  {
    name: 'events',
    aliases: ['system events'],
    summary: 'Show what happens to containers, images and volumes, live',
    group: 'System',
    load: async () => (await loadCommands()).events(),
  },
  {
    name: 'doctor',
    summary: 'Check what this machine can do',
    group: 'System',
    load: async () => (await loadCommands()).doctor(),
  },
  {
    name: 'version',
    summary: 'Show the version',
    group: 'System',
    load: async () => version,
  },
  {
    name: 'completion',
    summary: 'Print a script that completes commands in your shell',
    group: 'System',
    load: async () => (await loadCommands()).completion(),
  },
  {
    name: '__complete',
    hidden: true,
    summary: 'Answer the completion scripts',
    group: 'System',
    load: async () => (await loadCommands()).complete(),
  },
  {
    name: 'help',
    summary: 'Show the help of a command',
    group: 'System',
    load: async () => (await loadCommands()).help(),
  },
]

/** Words that stand before a second one, such as `image`, with what they are about. */
export const commandFamilies: Readonly<Record<string, string>> = {
  image: 'Manage images',
  container: 'Manage containers',
  volume: 'Manage volumes',
  system: 'Manage the store',
  builder: 'Manage builds',
  buildx: 'Manage builds',
}

async function loadCommands() {
  return (await import('./program.ts')).commands
}
