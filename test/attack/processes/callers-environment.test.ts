import { expect, test } from 'vitest'
import { openContainers } from '../../../container/index.ts'
import { addBusybox, runToEnd, temporaryContainers } from '../../container/temporary-containers.ts'

const NAME = 'AWS_SECRET_ACCESS_KEY'

test("a variable that the image declares does not get its value from the caller's environment", async () => {
  const { store, native } = await temporaryContainers()
  await addBusybox(store, 'curious', { Cmd: ['env'], Env: [NAME, 'PATH=/bin', 'toString'] })
  const containers = openContainers({ store, native }, { env: { [NAME]: 'of-the-caller' } })

  const ran = await runToEnd(containers, { image: 'curious' })
  expect(ran.stdout).not.toMatch(/of-the-caller|toString/)
  expect(JSON.stringify(await containers.inspect(ran.id))).not.toContain('of-the-caller')
  const committed = await containers.commit(ran.id, {})
  expect(JSON.stringify((await store.images.get(committed)).config)).not.toContain('of-the-caller')

  const asked = await runToEnd(containers, { image: 'curious', env: [NAME] })
  expect(asked.stdout).toContain(`${NAME}=of-the-caller`) // only an explicit flag does
})
