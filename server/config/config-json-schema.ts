import { configSchema } from './config.ts'

/** The JSON Schema of `tsbuild-server.yaml`, for editors. */
export async function configJsonSchema(): Promise<object> {
  const { toJsonSchema } = await import('@valibot/to-json-schema')
  return { title: 'tsbuild-server.yaml', ...toJsonSchema(configSchema, { typeMode: 'input' }) }
}
