import type { ImageConfig } from '../image-spec/index.ts'
import { toSingleLine } from '../notation/index.ts'

export interface ConfigText {
  readonly location: string
  readonly text: string
}

/** All texts of a configuration that a build can set, each with its location. */
export function configTexts({ config = {}, history = [], author = '' }: ImageConfig): readonly ConfigText[] {
  const { Env = [], Labels = {}, Cmd = [], Entrypoint = [], OnBuild = [], Shell = [], Healthcheck, User = '' } = config
  return [
    ...Env.map((text) => ({ location: `environment variable ${toSingleLine(text.split('=')[0] ?? '')}`, text })),
    ...Object.entries(Labels).map(([key, value], at) => ({ location: `label ${at + 1}`, text: `${key}=${value}` })),
    { location: 'CMD', text: Cmd.join('\n') },
    { location: 'ENTRYPOINT', text: Entrypoint.join('\n') },
    { location: 'HEALTHCHECK', text: (Healthcheck?.Test ?? []).join('\n') },
    { location: 'ONBUILD', text: OnBuild.join('\n') },
    { location: 'SHELL', text: Shell.join('\n') },
    { location: 'USER', text: User },
    { location: 'author', text: author },
    ...history.map((entry, at) => ({
      location: `history entry ${at + 1} of ${history.length}`,
      text: [entry.created_by, entry.comment, entry.author].join('\n'),
    })),
  ].filter(({ text }) => text !== '')
}
