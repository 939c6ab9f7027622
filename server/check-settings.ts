import { normalize } from 'node:path/posix'
import { type ImageReference, parsePlatform, parseReference } from '../image-spec/index.ts'
import type { ProjectSettings } from './api/index.ts'
import { checkRef } from './checkout/check-out.ts'
import { checkRepositoryUrl } from './checkout/repository-url.ts'
import { ServerError } from './errors.ts'
import type { BuildQueue } from './queue/build-queue.ts'
import { checkSchedules, scheduledRef } from './queue/schedules.ts'
import { checkTagRules } from './tags/image-tags.ts'

/** Checks that a schema cannot express: settings with which builds could only fail are refused when they are saved. */
export function checkSettings(settings: ProjectSettings, queue: BuildQueue): void {
  const { build, cache, destinations, logins, notifications, repository, triggers } = settings
  checkRepositoryUrl(repository.url)
  checkSchedules(queue, settings)
  for (const schedule of triggers.schedules) checkRef(scheduledRef(schedule))
  checkTagRules(settings)
  for (const text of build.platforms) {
    const isKnown = parsePlatform(text, { os: 'linux', architecture: 'amd64' }) !== undefined
    if (!isKnown) throw unusable(`platform "${text}"`, 'not a platform', 'Write it as linux/amd64')
  }
  for (const [name, path] of [
    ['context', build.context],
    ['dockerfile', build.dockerfile],
  ] as const) {
    if (path === undefined || !/^\.\.(\/|$)/.test(normalize(`./${path}`))) continue
    throw unusable(`${name} "${path}"`, 'it is outside of the repository', 'Write it from the root of the repository')
  }
  for (const { repository: name } of destinations) {
    const { tag, digest } = imageName('destination', name)
    if ((tag ?? digest) !== undefined)
      throw unusable(
        `destination "${name}"`,
        `it has a ${tag ? 'tag' : 'digest'}`,
        'Omit it; the rules of "tags" add tags',
      )
  }
  for (const { registry } of logins) {
    if (imageName('login', `${registry}/image`).host === registry) continue
    throw unusable(`login "${registry}"`, 'not the host of a registry', 'Write it as HOST or HOST:PORT')
  }
  for (const one of cache) {
    if (one.type !== 'registry' || imageName('cache', one.ref).digest === undefined) continue
    throw unusable(`cache "${one.ref}"`, 'it has a digest', 'Specify a repository, with a tag or without')
  }
  for (const { url } of notifications) {
    const isWeb = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
    if (!isWeb) throw unusable(`notification "${url}"`, 'not a web address', 'Write it as https://HOST/PATH')
  }
}

function imageName(kind: string, text: string): ImageReference {
  try {
    return parseReference(text)
  } catch {
    throw unusable(`${kind} "${text}"`, 'not the name of a repository', 'Write it as harbor.example.com/team/app')
  }
}

function unusable(setting: string, reason: string, hint: string): ServerError {
  return new ServerError('SERVER_BAD_CONFIG', `Cannot use ${setting}: ${reason}`, { hint })
}
