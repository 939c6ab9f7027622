import type { GenericSchema } from 'valibot'
import { type Operation, operations } from './operations.ts'
import { apiError } from './schemas/common.ts'

type Json = { readonly [key: string]: unknown }

/** The OpenAPI 3.1 document of the API, served as `/api/v1/openapi.json`. */
export async function openApiDocument(version: string): Promise<Json> {
  const { toJsonSchema } = await import('@valibot/to-json-schema')
  const schemaOf = (schema: GenericSchema, typeMode: 'input' | 'output'): Json => {
    const { $schema: _, ...plain } = toJsonSchema(schema, { typeMode, errorMode: 'ignore' })
    return plain
  }
  const paths: Record<string, Record<string, Json>> = {}
  for (const [name, operation] of Object.entries(operations) as [string, Operation][]) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(name, operation, schemaOf) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'tsbuild server', version, license: { name: 'Apache-2.0' } },
    servers: [{ url: '/api/v1' }],
    security: [{ token: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'tsbuild_session' },
      },
      schemas: { Error: schemaOf(apiError, 'output') },
    },
  }
}

type SchemaOf = (schema: GenericSchema, typeMode: 'input' | 'output') => Json

function describe(name: string, operation: Operation, schemaOf: SchemaOf): Json {
  const { answer, body, mayOmitBody, scope, status = answer === undefined ? 204 : 200 } = operation
  const parameters = [...pathParameters(operation.path), ...queryParameters(operation.query, schemaOf)]
  return {
    operationId: name,
    summary: operation.summary,
    ...(scope === undefined ? { security: [] } : { 'x-required-scope': scope }),
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: mayOmitBody !== true,
        content: { 'application/json': { schema: schemaOf(body, 'input') } },
      },
    }),
    responses: {
      [status]: { description: operation.summary, ...(answer && { content: contentOf(answer, schemaOf) }) },
      default: {
        description: 'Error',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

function contentOf(answer: NonNullable<Operation['answer']>, schemaOf: SchemaOf): Json {
  return typeof answer === 'string'
    ? { [answer]: { schema: answer === 'application/json' ? {} : { type: 'string' } } }
    : { 'application/json': { schema: schemaOf(answer, 'output') } }
}

function pathParameters(path: string): readonly Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: name === 'build' || name === 'token' ? 'integer' : 'string' },
  }))
}

function queryParameters(query: GenericSchema | undefined, schemaOf: SchemaOf): readonly Json[] {
  if (query === undefined) return []
  const { properties = {} } = schemaOf(query, 'output') as { properties?: Record<string, Json> }
  return Object.entries(properties).map(([name, schema]) => ({ name, in: 'query', schema }))
}
