import { configSchema } from './config.ts'

/** The JSON Schema of `tsbuild-server.yaml`, for editors. Numbers of JSON are finite. */
export async function configJsonSchema(): Promise<object> {
  const { toJsonSchema } = await import('@valibot/to-json-schema')
  return {
    title: 'tsbuild-server.yaml',
    ...toJsonSchema(configSchema, { typeMode: 'input', ignoreActions: ['finite'] }),
  }
}
