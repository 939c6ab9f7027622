/** First words of commands of several words, such as `image`, and their summaries. */
export const commandFamilies: Readonly<Record<string, string>> = {
  image: 'Manage images',
  container: 'Manage containers',
  volume: 'Manage volumes',
  manifest: 'Manage manifest lists and manifests',
  system: 'Manage the store',
  key: 'Manage keys for signing images',
  builder: 'Manage builds',
  buildx: 'Manage builds',
  server: 'Manage a build server',
  'server project': 'Manage projects of a build server',
  'server secret': 'Manage secrets of a project',
  'server build': 'Manage builds of a build server',
  'server token': 'Manage tokens of a build server',
  'server worker': 'Manage workers of a build server',
}
