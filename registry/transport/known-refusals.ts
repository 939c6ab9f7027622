/** Registry-specific refusals, and what to do about each. SPEC: Harbor, src/server/middleware. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [
    /quota|exceed the configured upper limit/i,
    'Raise the project quota in the registry, or delete images and run its garbage collection',
  ],
  [/immutable/i, 'Push under another tag, or have the immutability rule of the project changed'],
  [
    /vulnerabilit|CVE allowlist/i,
    'Rebuild the image on a patched base, or ask the project administrator to add the CVEs to the allowlist',
  ],
  [/not signed|content trust/i, 'Sign the image, or ask the project administrator to allow unsigned images'],
  [/proxy (?:project|cache)/i, 'Push to another project: a proxy cache takes images from its upstream registry only'],
  [/project \S+ not found/i, 'Check the name of the project, or create it in the registry before the first push'],
  [
    /\bBLOB_UPLOAD_(?:UNKNOWN|INVALID)\b/,
    'Run the command again: the registry lost the upload when a connection broke',
  ],
  [
    /\bDIGEST_INVALID\b/,
    'Run the command again; if it persists, the network, a proxy or the source of the image changes the content',
  ],
  [
    /invalid URL on layer/i,
    "Allow the URLs of the image's foreign layers in the registry (distribution: validation.manifests.urls.allow)",
  ],
  [/read.only mode/i, 'Try again when the registry is no longer in read-only mode'],
]

export function hintForText(bodyText: string): string | undefined {
  return KNOWN.find(([pattern]) => pattern.test(bodyText))?.[1]
}

/** `--username robot$ci`, unquoted or in double quotes, arrives as `robot`. */
export function hintForUser(username: string): string | undefined {
  if (!/^robot(?!.*\$)/.test(username)) return undefined
  return "Quote the name of the robot account with single quotes: 'robot$name', else the shell expands it"
}
