import type { Command } from './command.ts'

/** A command that can be called. Its code is loaded when it is. */
export interface CommandEntry {
  /** One word or two: `build`, `image ls`. */
  readonly name: string
  /** Other names in full: `images`, `image list`. */
  readonly aliases?: readonly string[]
  readonly summary: string
  readonly group: 'Build' | 'Images' | 'Registries' | 'Containers' | 'System'
  readonly load: () => Promise<Command>
}

export const commandTable: readonly CommandEntry[] = [
  {
    name: 'build',
    aliases: ['image build', 'builder build', 'buildx build'],
    summary: 'Build an image from a Dockerfile',
    group: 'Build',
    load: async () => (await import('./commands/build.ts')).build,
  },
  {
    name: 'image ls',
    aliases: ['images', 'image list'],
    summary: 'List images',
    group: 'Images',
    load: async () => (await import('./commands/image-ls.ts')).imageLs,
  },
  {
    name: 'image inspect',
    summary: 'Show everything about images',
    group: 'Images',
    load: async () => (await import('./commands/image-inspect.ts')).imageInspect,
  },
  {
    name: 'history',
    aliases: ['image history'],
    summary: 'Show the layers of an image',
    group: 'Images',
    load: async () => (await import('./commands/history.ts')).history,
  },
  {
    name: 'tag',
    aliases: ['image tag'],
    summary: 'Give an image a further name',
    group: 'Images',
    load: async () => (await import('./commands/tag.ts')).tag,
  },
  {
    name: 'version',
    summary: 'Show the version',
    group: 'System',
    load: async () => (await import('./commands/version.ts')).version,
  },
  {
    name: 'help',
    summary: 'Show the help of a command',
    group: 'System',
    load: async () => (await import('./commands/help.ts')).help,
  },
]

/** Words that stand before a second one, such as `image`, with what they are about. */
export const commandFamilies: Readonly<Record<string, string>> = {
  image: 'Manage images',
}
