// Requests whose answers are held against the OpenAPI document of the server that gives them.
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

/** An answer, and whether the document allows the body that was sent. */
export interface Checked {
  readonly status: number;
  readonly body: unknown;
  /** Null where nothing was sent. */
  readonly isAllowed: boolean | null;
}

interface Media {
  readonly schema: object;
}
interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, { readonly headers: object; readonly content?: Readonly<Record<string, Media>> }>>;
}
type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

/** Asks a server, and throws where the answer is none that its document describes. */
export type Ask = (method: "get" | "post", path: string, body?: unknown, type?: string) => Promise<Checked>;

/** What asks a server by its own document. */
export async function checkedBy(url: string): Promise<Ask> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as Document;
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addFormat("date-time", DATE_TIME);
  ajv.addSchema(document, "document");
  /** References lead into the document. */
  const compiled = (schema: object): ValidateFunction => ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#', '"$ref":"document#')) as object);
  return async (method, path, body, type = "application/json") => {
    const operation = operationOf(document, method, path.split("?")[0] ?? "");
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const response = await fetch(`${url}${path}`, body === undefined ? { method } : { method, body: text, headers: { "content-type": type } });
    const told = operation.responses[response.status];
    if (told === undefined) throw new Error(`${method} ${path} answers ${response.status}, which its document does not tell: ${await response.text()}`);
    for (const header of Object.keys(told.headers))
      if (!response.headers.has(header)) throw new Error(`${method} ${path}: ${response.status} has no header ${header}`);
    const [[media, { schema }]] = Object.entries(told.content ?? {}) as [[string, Media]];
    if (response.headers.get("content-type")?.startsWith(media) !== true) throw new Error(`${path} is ${response.headers.get("content-type")}, not ${media}`);
    const given: unknown = media === "application/json" ? await response.json() : await response.text();
    const validate = compiled(schema);
    if (!validate(given)) throw new Error(`${method} ${path}, ${response.status}: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(given)}`);
    const taken = body === undefined || type !== "application/json" ? undefined : operation.requestBody?.content[type]?.schema;
    return { status: response.status, body: given, isAllowed: taken === undefined ? null : compiled(taken)(JSON.parse(text)) };
  };
}

/** The operation at a path: as it is, or by a template. */
function operationOf({ paths }: Document, method: string, path: string): Operation {
  const template = Object.keys(paths).find((known) => new RegExp(`^${known.replace(/\{\w+\}/, "[^/]+")}$`).test(path));
  const operation = paths[template ?? ""]?.[method];
  if (operation === undefined) throw new Error(`the document has no ${method} ${path}`);
  return operation;
}
