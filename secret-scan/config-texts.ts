import type { ImageConfig } from '../image-spec/index.ts'
import { onOneLine } from '../notation/index.ts'

export interface ConfigText {
  readonly place: string
  readonly text: string
}

/** All texts of a configuration that a build can set, each with its place. */
export function configTexts({ config = {}, history = [], author = '' }: ImageConfig): readonly ConfigText[] {
  const { Env = [], Labels = {}, Cmd = [], Entrypoint = [], OnBuild = [], Shell = [], Healthcheck, User = '' } = config
  return [
    ...Env.map((text) => ({ place: `environment variable ${onOneLine(text.split('=')[0] ?? '')}`, text })),
    ...Object.entries(Labels).map(([key, value], at) => ({ place: `label ${at + 1}`, text: `${key}=${value}` })),
    { place: 'CMD', text: Cmd.join('\n') },
    { place: 'ENTRYPOINT', text: Entrypoint.join('\n') },
    { place: 'HEALTHCHECK', text: (Healthcheck?.Test ?? []).join('\n') },
    { place: 'ONBUILD', text: OnBuild.join('\n') },
    { place: 'SHELL', text: Shell.join('\n') },
    { place: 'USER', text: User },
    { place: 'author', text: author },
    ...history.map((entry, at) => ({
      place: `history entry ${at + 1} of ${history.length}`,
      text: [entry.created_by, entry.comment, entry.author].join('\n'),
    })),
  ].filter(({ text }) => text !== '')
}
