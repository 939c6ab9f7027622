import { type Browser, chromium, type Page } from 'playwright-core'
import { removeAfterFile } from '../../../support/removed-afterwards.ts'

/** Debian's Chromium; the flags disable requests to its vendor. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Until the end of the test file. */
export async function openBrowser(): Promise<Browser> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS })
  removeAfterFile(() => browser.close())
  return browser
}

export interface OpenPage {
  readonly page: Page
  /** Script errors, violations of the content security policy, and dialogs; a correct page has none. */
  readonly complaints: readonly string[]
}

export interface PageOptions {
  readonly width?: number
  readonly theme?: 'light' | 'dark'
}

export async function openPage(
  browser: Browser,
  { width = 1440, theme = 'light' }: PageOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme: theme })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 4')) complaints.push(message.text())
  })
  page.on('dialog', (dialog) => {
    complaints.push(`dialog ${dialog.message()}`)
    void dialog.dismiss()
  })
  return { page, complaints }
}

export async function logIn(page: Page, url: string, token: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Token').fill(token)
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { name: 'Builds', level: 1 }).waitFor()
}
