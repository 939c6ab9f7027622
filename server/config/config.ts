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

/** `tsbuild-server.yaml`. Each value can be overridden by the environment: `worker.slots` by `TSBUILD_SERVER_WORKER_SLOTS`. */
export const configSchema = v.strictObject({
  /** Address and port to listen on. */
  listen: v.optional(v.pipe(text, v.regex(ADDRESS, 'must be address:port')), '127.0.0.1:8080'),
  /** Where people and forges reach the server; used in links. */
  publicUrl: v.exactOptional(webAddress),
  /** Everything durable but the image store. */
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
      /** Builds at once in this process; 0 leaves all builds to `tsbuild worker`. */
      slots: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(64)), 2),
      /** Seconds until the build of a worker that no longer answers is taken over. */
      leaseSeconds: v.optional(v.pipe(positive, v.minValue(10)), 30),
      /** Seconds that running builds get to finish on SIGTERM. */
      drainSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 30),
      /** Attempts of a build that meets faults of the infrastructure. */
      attempts: v.optional(v.pipe(positive, v.maxValue(10)), 4),
      /** Seconds before the second attempt; doubles each time. */
      backoffSeconds: v.optional(positive, 10),
    }),
    {},
  ),
  build: v.optional(
    v.strictObject({
      /** Network of RUN steps; `private` needs pasta or slirp4netns and /dev/net/tun. */
      network: v.optional(v.picklist(['private', 'none', 'host']), 'private'),
      /** Hosts on this machine that FROM and ADD may still fetch from, as `host` or `host:port`. */
      allowedHosts: v.optional(v.array(text), []),
      /** System users that builds run as, each for one build at a time; needs root. */
      users: v.optional(v.array(text), []),
      /** Builds end, and none starts, while a disk has less. */
      minFreeBytes: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 512 << 20),
      /** What one build may write to store and checkout; default: the free space divided by `worker.slots` + 1. */
      maxDiskBytes: v.exactOptional(positive),
      /** Of the RUN steps of all projects; a project may have lower ones. */
      limits: v.optional(stepLimits, {}),
    }),
    {},
  ),
  store: v.optional(
    v.strictObject({
      /** Up to this size the automatic pruning keeps images and build cache; default: half of the disk. */
      keepBytes: v.exactOptional(positive),
      /** Days that unused images and build cache are kept; 0: while there is room. */
      keepDays: v.optional(v.pipe(v.number(), v.finite(), v.minValue(0)), 60),
      /** Seconds from one automatic pruning to the next; 0: none. */
      pruneSeconds: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 3600),
    }),
    {},
  ),
  webhooks: v.optional(
    v.strictObject({
      maxBodyBytes: v.optional(positive, 5 << 20),
      /** How far the timestamp of a signed webhook may be from now. */
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
      /** Host keys for ssh; default: keys are accepted when first seen and kept in the data directory. */
      knownHostsFile: v.exactOptional(text),
      timeoutSeconds: v.optional(positive, 600),
    }),
    {},
  ),
  registries: v.optional(
    v.strictObject({
      /** Hosts reached over plain HTTP or without checking the certificate. */
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
      /** Days that builds and their logs are kept; 0: forever. */
      buildDays: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 90),
      /** Days that logs are kept; 0: as long as the build. */
      logDays: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 30),
      /** Bytes of log kept of one build; the rest is dropped with a notice. */
      logBytesPerBuild: v.optional(positive, 256 << 20),
    }),
    {},
  ),
})

export type ServerConfig = v.InferOutput<typeof configSchema>
