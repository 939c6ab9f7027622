import * as v from 'valibot'
import { expect, test } from 'vitest'
import { projectSettings } from '../../../server/index.ts'
import { formOf, NEW_FORM, settingsOf } from '../../../server/web/views/projects/project-form.ts'

const repository = { url: 'https://git.example.com/app.git' }

test('an empty form has the defaults of the API', () => {
  const filled = { ...NEW_FORM, url: repository.url }
  expect(v.parse(projectSettings, settingsOf(filled, undefined))).toEqual(v.parse(projectSettings, { repository }))
})

test('saving an unchanged form changes nothing, including settings that the form does not show', () => {
  const settings = v.parse(projectSettings, {
    repository: { ...repository, forge: 'gitea', apiUrl: 'https://git.example.com/api/v1', commitStatus: false },
    triggers: { paths: ['src/**'], schedules: [{ name: 'nightly', cron: '0 3 * * *', ref: 'main' }] },
    build: { dockerfile: 'docker/Dockerfile', args: { A: 'b=c' }, limits: { cpus: 2 }, labels: { x: 'y' } },
    destinations: [
      { repository: 'one.example.com/app', username: 'a', passwordSecret: 'first' },
      { repository: 'two.example.com/app', username: 'b', passwordSecret: 'second' },
    ],
    notifications: [{ url: 'https://example.com/hook' }],
    priority: 7,
  })
  expect(v.parse(projectSettings, settingsOf(formOf(settings), settings))).toEqual(settings)
})

test('clearing a field removes the setting', () => {
  const settings = v.parse(projectSettings, { repository, build: { target: 'release', dockerfile: 'D' } })
  const { build } = settingsOf({ ...formOf(settings), target: '', dockerfile: '' }, settings)
  expect([build?.target, build?.dockerfile]).toEqual([undefined, undefined])
})
