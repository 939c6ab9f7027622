import type { GenericSchema } from 'valibot'
import * as v from 'valibot'
import * as builds from './schemas/build.ts'
import { pageQuery, projectName, queryNumber } from './schemas/common.ts'
import * as image from './schemas/image.ts'
import * as log from './schemas/log.ts'
import * as projects from './schemas/project.ts'
import * as system from './schemas/system.ts'

/** An operation of the API: routing, checks of scope and input, and the OpenAPI document are derived from this row. */
export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  /** Relative to `/api/v1`. */
  readonly path: string
  readonly summary: string
  /** Absent if no token is needed. */
  readonly scope?: system.Scope
  readonly query?: GenericSchema
  readonly body?: GenericSchema
  /** The body may be omitted; every default applies then. */
  readonly mayOmitBody?: true
  /** Absent for an empty response. */
  readonly answer?: GenericSchema | 'text/plain' | 'text/event-stream' | 'application/json'
  readonly status?: 201 | 204
}

const nothing = { status: 204 } as const

export const operations = {
  openSession: {
    method: 'post',
    path: '/session',
    summary: 'Log in with a token; the response sets a cookie',
    body: system.login,
    answer: system.session,
  },
  showSession: {
    method: 'get',
    path: '/session',
    summary: 'Show the token in use',
    scope: 'read',
    answer: system.session,
  },
  closeSession: { method: 'delete', path: '/session', summary: 'Log out', ...nothing },

  listProjects: {
    method: 'get',
    path: '/projects',
    summary: 'List projects',
    scope: 'read',
    answer: projects.projects,
  },
  createProject: {
    method: 'post',
    path: '/projects',
    summary: 'Create a project',
    scope: 'admin',
    body: projects.newProject,
    answer: projects.createdProject,
    status: 201,
  },
  showProject: {
    method: 'get',
    path: '/projects/{project}',
    summary: 'Show a project',
    scope: 'read',
    answer: projects.project,
  },
  updateProject: {
    method: 'put',
    path: '/projects/{project}',
    summary: "Replace a project's settings",
    scope: 'admin',
    body: projects.projectSettings,
    answer: projects.project,
  },
  deleteProject: {
    method: 'delete',
    path: '/projects/{project}',
    summary: 'Delete a project, its builds and logs',
    scope: 'admin',
    ...nothing,
  },
  rotateWebhookSecret: {
    method: 'post',
    path: '/projects/{project}/webhook-secret',
    summary: 'Replace the secret that signs webhooks; optionally, keep accepting the old one for some hours',
    scope: 'admin',
    body: projects.newWebhookSecret,
    mayOmitBody: true,
    answer: projects.webhookSecret,
  },
  putSecret: {
    method: 'put',
    path: '/projects/{project}/secrets/{secret}',
    summary: 'Set a secret; its value cannot be read back',
    scope: 'admin',
    body: projects.newSecret,
    ...nothing,
  },
  deleteSecret: {
    method: 'delete',
    path: '/projects/{project}/secrets/{secret}',
    summary: 'Delete a secret',
    scope: 'admin',
    ...nothing,
  },
  listDeliveries: {
    method: 'get',
    path: '/projects/{project}/deliveries',
    summary: 'List webhook deliveries, newest first',
    scope: 'read',
    query: v.strictObject(pageQuery),
    answer: system.deliveries,
  },

  listBuilds: {
    method: 'get',
    path: '/builds',
    summary: 'List builds, newest first',
    scope: 'read',
    query: builds.buildsQuery,
    answer: builds.builds,
  },
  triggerBuild: {
    method: 'post',
    path: '/projects/{project}/builds',
    summary: 'Start a build',
    scope: 'build',
    body: builds.triggerBuild,
    answer: builds.build,
    status: 201,
  },
  showBuild: { method: 'get', path: '/builds/{build}', summary: 'Show a build', scope: 'read', answer: builds.build },
  cancelBuild: {
    method: 'post',
    path: '/builds/{build}/cancel',
    summary: 'Cancel a build',
    scope: 'build',
    answer: builds.build,
  },
  retryBuild: {
    method: 'post',
    path: '/builds/{build}/retry',
    summary: 'Build the same commit again, as a new build',
    scope: 'build',
    answer: builds.build,
    status: 201,
  },
  showSteps: {
    method: 'get',
    path: '/builds/{build}/steps',
    summary: 'Show the step graph with states, times and usage',
    scope: 'read',
    answer: builds.buildSteps,
  },
  readStepLog: {
    method: 'get',
    path: '/builds/{build}/steps/{step}/log',
    summary: "Read a part of a step's log",
    scope: 'read',
    query: log.logQuery,
    answer: log.logPart,
  },
  downloadLog: {
    method: 'get',
    path: '/builds/{build}/log',
    summary: 'Download the whole log',
    scope: 'read',
    answer: 'text/plain',
  },
  followBuild: {
    method: 'get',
    path: '/builds/{build}/events',
    summary: 'Follow a build (server-sent events, resumable)',
    scope: 'read',
    query: v.strictObject({ after: v.exactOptional(queryNumber) }),
    answer: 'text/event-stream',
  },
  followServer: {
    method: 'get',
    path: '/events',
    summary: 'Follow state changes of all builds (server-sent events)',
    scope: 'read',
    query: v.strictObject({ project: v.exactOptional(projectName) }),
    answer: 'text/event-stream',
  },
  showImage: {
    method: 'get',
    path: '/builds/{build}/image',
    summary: 'Compare the image of a build with that of the previous build',
    scope: 'read',
    answer: image.buildImage,
  },
  listLayerFiles: {
    method: 'get',
    path: '/builds/{build}/image/layers/{diffId}/files',
    summary: 'List the files of a layer, largest first',
    scope: 'read',
    answer: image.layerFiles,
  },
  showProvenance: {
    method: 'get',
    path: '/builds/{build}/provenance',
    summary: 'Show the SLSA provenance of a build, one predicate per platform',
    scope: 'read',
    answer: 'application/json',
  },

  listWorkers: { method: 'get', path: '/workers', summary: 'List workers', scope: 'read', answer: system.workers },
  showDisk: { method: 'get', path: '/disk', summary: 'Show disk usage', scope: 'read', answer: system.diskUse },
  pruneDisk: {
    method: 'post',
    path: '/disk/prune',
    summary: 'Remove unused build cache and images',
    scope: 'admin',
    body: system.pruneRequest,
    answer: system.pruneResult,
  },
  listTokens: { method: 'get', path: '/tokens', summary: 'List tokens', scope: 'admin', answer: system.tokens },
  createToken: {
    method: 'post',
    path: '/tokens',
    summary: 'Create a token',
    scope: 'admin',
    body: system.newToken,
    answer: system.createdToken,
    status: 201,
  },
  deleteToken: { method: 'delete', path: '/tokens/{token}', summary: 'Revoke a token', scope: 'admin', ...nothing },
} as const satisfies Readonly<Record<string, Operation>>

export type OperationName = keyof typeof operations
