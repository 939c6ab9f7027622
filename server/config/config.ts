import * as v from 'valibot'
import { stepLimits } from '../api/index.ts'

const text = v.pipe(v.string(), v.nonEmpty())
const ADDRESS = /^.+:(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/
const webAddress = v.pipe(
  v.string(),
  v.url(),
  v.regex(/^https?:\/\/[^\s/?#]/, 'must begin with https:// or http:// and a host'),
)
const positive = v.pipe(v.number(), v.integer(), v.minValue(1))
/** Node and PostgreSQL fail with much longer times. */
const MAX_SECONDS = 86_400
const MAX_DAYS = 36_500
const days = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_DAYS))

/** `tsbuild-server.yaml`. Each value can be overridden by the environment: `worker.slots` by `TSBUILD_SERVER_WORKER_SLOTS`. */
export const configSchema = v.strictObject({
  /** Address and port to listen on. */
  listen: v.optional(v.pipe(text, v.regex(ADDRESS, 'must be address:port')), '127.0.0.1:8080'),
  /** URL at which users and forges reach the server; used in links. */
  publicUrl: v.exactOptional(webAddress),
  /** Directory for all data except the image store. */
  dataDirectory: v.optional(text, '/var/lib/tsbuild-server'),
  /** Image store; default: `store` in the data directory. */
  storeDirectory: v.exactOptional(text),
  /** `embedded`, or a `postgres://` URL. */
  database: v.optional(
    v.pipe(text, v.regex(/^(embedded$|postgres(ql)?:\/\/)/, 'must be "embedded" or a postgres:// URL')),
    'embedded',
  ),
  /** System user that runs the embedded database when the server is root. */
  databaseUser: v.exactOptional(text),
  /** Key that encrypts secrets; default: `key` in the data directory, created at the first start. */
  keyFile: v.exactOptional(text),
  logLevel: v.optional(v.picklist(['debug', 'info', 'warn', 'error']), 'info'),
  worker: v.optional(
    v.strictObject({
      /** Number of concurrent builds in this process; 0 leaves all builds to `tsbuild worker`. */
      slots: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(64)), 2),
      /** Seconds until the build of an unresponsive worker is taken over. */
      leaseSeconds: v.optional(v.pipe(positive, v.minValue(10), v.maxValue(MAX_SECONDS)), 30),
      /** Seconds that running builds may take to finish on SIGTERM. */
      drainSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_SECONDS)), 30),
      /** Number of attempts of a build that fails because of infrastructure faults. */
      attempts: v.optional(v.pipe(positive, v.maxValue(10)), 4),
      /** Seconds before the second attempt; doubled for each further attempt. */
      backoffSeconds: v.optional(v.pipe(positive, v.maxValue(MAX_SECONDS)), 10),
    }),
    {},
  ),
  build: v.optional(
    v.strictObject({
      /** Network of RUN steps; `private` requires pasta or slirp4netns and /dev/net/tun. */
      network: v.optional(v.picklist(['private', 'none', 'host']), 'private'),
      /** Hosts on this machine that FROM and ADD may fetch from nevertheless, as `host` or `host:port`. */
      allowedHosts: v.optional(v.array(text), []),
      /** System users that run builds, each one build at a time; requires root. */
      users: v.optional(v.array(text), []),
      /** Minimum free space of each disk; below it builds are stopped, and none starts. */
      minFreeBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 512 << 20),
      /**
       * Maximum size that one build may write to store and checkout; default: the free space divided by `worker.slots`
       * + 1.
       */
      maxDiskBytes: v.exactOptional(positive),
      /** Limits of RUN steps of all projects; a project may have lower ones. */
      limits: v.optional(stepLimits, {}),
    }),
    {},
  ),
  store: v.optional(
    v.strictObject({
      /**
       * Maximum total size of images and build cache; automatic pruning removes the rest; default: half of the disk.
       */
      keepBytes: v.exactOptional(positive),
      /** Days to keep unused images and build cache; 0: no age limit. */
      keepDays: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_DAYS)), 60),
      /** Seconds between automatic prunings; 0 disables them. */
      pruneSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 3600),
    }),
    {},
  ),
  webhooks: v.optional(
    v.strictObject({
      maxBodyBytes: v.optional(positive, 5 << 20),
      /** Maximum difference between the timestamp of a signed webhook and the current time, in seconds. */
      toleranceSeconds: v.optional(positive, 300),
      /** Secret part of the URL for Docker Hub: `/hooks/docker-hub/SECRET`. */
      dockerHubSecret: v.exactOptional(v.pipe(v.string(), v.minLength(16))),
      /** Value of the Authorization header that Harbor sends to `/hooks/harbor`. */
      harborAuthorization: v.exactOptional(v.pipe(v.string(), v.minLength(16))),
    }),
    {},
  ),
  git: v.optional(
    v.strictObject({
      /** Directories below which `file://` repositories are allowed. */
      localRoots: v.optional(v.array(text), []),
      /** Host keys for ssh; default: keys are accepted on first use and stored in the data directory. */
      knownHostsFile: v.exactOptional(text),
      timeoutSeconds: v.optional(v.pipe(positive, v.maxValue(MAX_SECONDS)), 600),
    }),
    {},
  ),
  registries: v.optional(
    v.strictObject({
      /** Hosts that are reached over plain HTTP or without certificate verification. */
      insecure: v.optional(v.array(text), []),
      /** PEM file with further certificate authorities, such as that of a private Harbor. */
      caFile: v.exactOptional(text),
    }),
    {},
  ),
  tracing: v.optional(
    v.strictObject({
      /** OTLP over HTTP, such as http://localhost:4318; default: OTEL_EXPORTER_OTLP_ENDPOINT. */
      otlpEndpoint: v.exactOptional(webAddress),
    }),
    {},
  ),
  retention: v.optional(
    v.strictObject({
      /** Days to keep builds and their logs; 0: forever. */
      buildDays: v.optional(days, 90),
      /** Days to keep logs; 0: as long as the build. */
      logDays: v.optional(days, 30),
      /** Maximum log size of one build in bytes; the rest is dropped with a notice. */
      logBytesPerBuild: v.optional(positive, 256 << 20),
    }),
    {},
  ),
})

export type ServerConfig = v.InferOutput<typeof configSchema>
