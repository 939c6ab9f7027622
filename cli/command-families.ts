/** Words that stand before a second one, such as `image`, with what they are about. */
export const commandFamilies: Readonly<Record<string, string>> = {
  image: 'Manage images',
  container: 'Manage containers',
  volume: 'Manage volumes',
  system: 'Manage the store',
  builder: 'Manage builds',
  buildx: 'Manage builds',
}
