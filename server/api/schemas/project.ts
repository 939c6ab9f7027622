import * as v from 'valibot'
import { plainName, projectName, timestamp } from './common.ts'

export const FORGES = [
  'github',
  'gitlab',
  'gitea',
  'forgejo',
  'bitbucket',
  'bitbucket-server',
  /** Any other: webhooks signed as in Standard Webhooks, no commit status. */
  'generic',
] as const

const patterns = v.pipe(v.array(v.pipe(v.string(), v.nonEmpty(), v.maxLength(256))), v.maxLength(100))
const text = v.pipe(v.string(), v.nonEmpty(), v.maxLength(2048))
const positive = v.pipe(v.number(), v.integer(), v.minValue(1))

/** Limits of each RUN step. */
export const stepLimits = v.strictObject({
  memoryBytes: v.exactOptional(v.pipe(positive, v.minValue(6 << 20))),
  cpus: v.exactOptional(v.pipe(v.number(), v.finite(), v.minValue(0.01))),
  /** Processes and threads. */
  pids: v.exactOptional(positive),
})
export type StepLimits = v.InferOutput<typeof stepLimits>

const repository = v.strictObject({
  /** `https://`, `http://`, `ssh://`, `git@host:path` or `file://` (only below the server's `git.localRoots`). */
  url: text,
  forge: v.optional(v.picklist(FORGES), 'generic'),
  /** Root of the forge's API, if it cannot be derived from the URL. */
  apiUrl: v.exactOptional(text),
  /** Report the state of builds on commits; needs the secret `git-token`. */
  commitStatus: v.optional(v.boolean(), true),
})

const schedule = v.strictObject({
  name: plainName,
  /** Five fields, in UTC unless `timeZone` is set. */
  cron: text,
  timeZone: v.optional(text, 'UTC'),
  /** A branch, or a full ref. */
  ref: text,
  /** Run every step and check the registry for newer base images. */
  noCache: v.optional(v.boolean(), true),
})

const triggers = v.strictObject({
  /** Glob patterns; a leading `!` excludes. */
  branches: v.optional(patterns, ['main', 'master']),
  tags: v.optional(patterns, ['*']),
  /** Build only if a changed file matches; empty: always build. Applies to branches. */
  paths: v.optional(patterns, []),
  pullRequests: v.optional(v.picklist(['none', 'same-repository', 'all']), 'none'),
  /** Build again when a webhook reports a new base image. */
  baseImages: v.optional(v.boolean(), true),
  schedules: v.optional(v.pipe(v.array(schedule), v.maxLength(20)), []),
})

const buildSettings = v.strictObject({
  dockerfile: v.exactOptional(text),
  /** Directory in the repository. */
  context: v.optional(text, '.'),
  target: v.exactOptional(text),
  platforms: v.optional(v.pipe(v.array(text), v.maxLength(16)), []),
  args: v.optional(v.record(v.pipe(v.string(), v.regex(/^[^=]+$/, 'must be a name without "="')), v.string()), {}),
  labels: v.optional(v.record(text, v.string()), {}),
  /** Names of the project's secrets that RUN steps may mount. */
  secrets: v.optional(v.pipe(v.array(plainName), v.maxLength(50)), []),
  submodules: v.optional(v.boolean(), true),
  lfs: v.optional(v.boolean(), true),
  timeoutSeconds: v.optional(v.pipe(positive, v.maxValue(86_400)), 3600),
  /** Limits of each RUN step. */
  limits: v.optional(stepLimits, {}),
})

const destination = v.strictObject({
  /** `harbor.example.com/team/app`, without a tag. */
  repository: text,
  username: v.exactOptional(text),
  /** Name of the project's secret that contains the password. */
  passwordSecret: v.exactOptional(plainName),
})

const login = v.strictObject({
  /** Host of the registry, with its port if it has one: `docker.io`, `harbor.example.com:8443`. */
  registry: text,
  username: text,
  /** Name of the project's secret that contains the password. */
  passwordSecret: plainName,
})

const sharedCache = {
  /** `max`: layers of all steps; `min`: layers of the result. */
  mode: v.optional(v.picklist(['min', 'max']), 'max'),
  /** Also share cache mounts: with `-mounts` appended to the tag or name. */
  mounts: v.optional(v.boolean(), false),
  /** Total size of all cache mounts, uncompressed. Default: 10 GiB. */
  maxMountBytes: v.exactOptional(positive),
}

/** A layer cache that the builds of all workers read and write. */
const cache = v.variant('type', [
  v.strictObject({
    type: v.literal('registry'),
    /** `harbor.example.com/team/app-cache:main`; default tag: `cache`. */
    ref: text,
    /** Default: the login of a destination on the same host. */
    username: v.exactOptional(text),
    /** Name of the project's secret that contains the password. */
    passwordSecret: v.exactOptional(plainName),
    ...sharedCache,
  }),
  v.strictObject({
    type: v.literal('s3'),
    bucket: text,
    region: text,
    /** Endpoint of a server other than Amazon's. */
    endpointUrl: v.exactOptional(v.pipe(text, v.url())),
    usePathStyle: v.optional(v.boolean(), false),
    prefix: v.optional(v.pipe(v.string(), v.maxLength(256)), ''),
    /** Default: the name of the project. */
    name: v.exactOptional(plainName),
    /** Names of the project's secrets. */
    accessKeyIdSecret: plainName,
    secretAccessKeySecret: plainName,
    ...sharedCache,
  }),
])

const notification = v.strictObject({
  url: text,
  /** Name of the project's secret with which requests are signed. */
  secret: v.exactOptional(plainName),
  on: v.optional(v.array(v.picklist(['succeeded', 'failed', 'cancelled'])), ['succeeded', 'failed', 'cancelled']),
})

/** All settings of a project except the values of its secrets. */
export const projectSettings = v.strictObject({
  repository,
  triggers: v.optional(triggers, {}),
  build: v.optional(buildSettings, {}),
  /** Tag rules as in docker/metadata-action, one per item: `type=sha`, `type=semver,pattern={{version}}`. */
  tags: v.optional(v.pipe(v.array(text), v.maxLength(30)), ['type=ref,event=branch', 'type=ref,event=tag', 'type=sha']),
  /** The flavor as in docker/metadata-action: `latest=auto`, `prefix=`, `suffix=`. */
  flavor: v.optional(v.pipe(v.array(text), v.maxLength(10)), []),
  destinations: v.optional(v.pipe(v.array(destination), v.maxLength(10)), []),
  /** Of further registries, such as those of private base images. */
  logins: v.optional(v.pipe(v.array(login), v.maxLength(10)), []),
  /** Read in order. */
  cache: v.optional(v.pipe(v.array(cache), v.maxLength(5)), []),
  notifications: v.optional(v.pipe(v.array(notification), v.maxLength(10)), []),
  /** Maximum number of builds of this project that run at the same time. */
  concurrency: v.optional(v.pipe(positive, v.maxValue(64)), 1),
  /** Cancel waiting and running builds of a branch when it is pushed again. */
  supersede: v.optional(v.boolean(), true),
  /** Higher first. */
  priority: v.optional(v.pipe(v.number(), v.integer(), v.minValue(-100), v.maxValue(100)), 0),
  enabled: v.optional(v.boolean(), true),
})
export type ProjectSettings = v.InferOutput<typeof projectSettings>
export type ProjectSettingsInput = v.InferInput<typeof projectSettings>

export const project = v.object({
  name: projectName,
  settings: projectSettings,
  /** Path of the webhook on this server. */
  webhookPath: v.string(),
  /** Its URL for forges, if the server has a publicUrl. */
  webhookUrl: v.exactOptional(v.string()),
  /** The previous webhook secret is accepted until then. */
  oldWebhookSecretUntil: v.exactOptional(timestamp),
  secretNames: v.array(v.string()),
  createdAt: timestamp,
  updatedAt: timestamp,
})
export type Project = v.InferOutput<typeof project>

const givenWebhookSecret = v.pipe(v.string(), v.minLength(16), v.maxLength(256))

export const newProject = v.strictObject({
  name: projectName,
  settings: projectSettings,
  /** Generated if absent. */
  webhookSecret: v.exactOptional(givenWebhookSecret),
})

export const newWebhookSecret = v.strictObject({
  /** Generated if absent. */
  webhookSecret: v.exactOptional(givenWebhookSecret),
  /** Hours for which the old secret is accepted as well. */
  keepOldHours: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(720)), 0),
})

/** The only response that contains the webhook's secret. */
export const createdProject = v.object({ project, webhookSecret: v.string() })
export const webhookSecret = v.object({ webhookSecret: v.string() })
export const newSecret = v.strictObject({ value: v.pipe(v.string(), v.nonEmpty(), v.maxLength(65_536)) })
export const projects = v.object({ projects: v.array(project) })
