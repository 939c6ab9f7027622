import { PgBoss } from 'pg-boss'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { projectSettings } from '../../server/api/index.ts'
import { checkSettings } from '../../server/check-settings.ts'
import type { BuildQueue } from '../../server/queue/build-queue.ts'

const queue = { boss: new PgBoss('postgres://127.0.0.1:1/none') } as BuildQueue
const saved = (settings: object): void =>
  checkSettings(v.parse(projectSettings, { repository: { url: 'https://git.example.com/app' }, ...settings }), queue)
const schedule = { name: 'nightly', cron: '0 3 * * *', ref: 'main' }
const schedules = (...all: readonly object[]) => ({ triggers: { schedules: all } })

test.each([
  [{ repository: { url: 'HTTPS://git.example.com/app' } }, /not of the form https:\/\/HOST\/PATH/],
  [{ repository: { url: 'https:/git.example.com/app' } }, /not of the form https:\/\/HOST\/PATH/],
  [{ repository: { url: 'https://git.example.com\\@other.example.com/app' } }, /not of the form/],
  [{ repository: { url: 'https://git.example.com/app.git#main' } }, /it contains "#main"/],
  [{ destinations: [{ repository: 'docker.io/UPPER/x' }] }, /destination "docker.io\/UPPER\/x": not the name/],
  [{ destinations: [{ repository: 'harbor.example.com/app:1' }] }, /it has a tag/],
  [{ destinations: [{ repository: `harbor.example.com/app@sha256:${'a'.repeat(64)}` }] }, /it has a digest/],
  [{ logins: [{ registry: 'https://r.example.com', username: 'u', passwordSecret: 's' }] }, /login "https:/],
  [{ logins: [{ registry: 'harbor', username: 'u', passwordSecret: 's' }] }, /not the host of a registry/],
  [{ cache: [{ type: 'registry', ref: 'H/UP' }] }, /cache "H\/UP"/],
  [{ notifications: [{ url: 'ftp://example.com' }] }, /not a web address/],
  [{ notifications: [{ url: 'example.com' }] }, /not a web address/],
  [{ build: { platforms: ['linux/arm/v7/x'] } }, /platform "linux\/arm\/v7\/x"/],
  [{ build: { context: '..' } }, /context "\.\.": it is outside of the repository/],
  [{ build: { context: 'a/../../b' } }, /context "a\/\.\.\/\.\.\/b": it is outside/],
  [{ build: { dockerfile: '/../Dockerfile' } }, /dockerfile "\/\.\.\/Dockerfile": it is outside/],
  [{ tags: ['type=nonsense'] }, /unknown type/],
  [schedules({ ...schedule, cron: '99 * * * *' }), /schedule "nightly": /],
  [schedules({ ...schedule, cron: '0 0 3 * * *' }), /does not have five fields/],
  [schedules({ ...schedule, timeZone: 'Mars/X' }), /time zone/],
  [schedules({ ...schedule, ref: 'a b' }), /not a valid ref/],
  [schedules({ ...schedule, ref: '../x' }), /not a valid ref/],
  [schedules(schedule, { ...schedule, cron: '0 4 * * *' }), /another schedule has the same name/],
])('checkSettings() refuses %j', (settings, message) => {
  expect(() => saved(settings)).toThrow(message)
})

test.each([
  [{ destinations: [{ repository: 'localhost:5000/app' }], cache: [{ type: 'registry', ref: 'r.example.com/c:x' }] }],
  [{ build: { context: 'a/../..b', dockerfile: './docker/../Dockerfile' } }],
  [{ logins: ['docker.io', 'r:5000'].map((registry) => ({ registry, username: 'u', passwordSecret: 's' })) }],
  [{ build: { platforms: ['linux/amd64', 'linux/arm/v7'] }, notifications: [{ url: 'http://127.0.0.1:9/x' }] }],
  [
    schedules(
      { ...schedule, cron: '@daily' },
      { ...schedule, name: 'b', cron: '*/5 1-3 * JAN MON-FRI', ref: 'refs/tags/v1' },
    ),
  ],
])('checkSettings() accepts %j', (settings) => {
  expect(() => saved(settings)).not.toThrow()
})
