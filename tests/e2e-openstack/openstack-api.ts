import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { z } from "zod";

/** Part of OpenStack's REST API, within one project. */
export interface CloudApi {
  /** Keystone's address. */
  authUrl: string;
  projectId: string;
  userId: string;
  /** Gives the whole list of a GET: none of the services pages below 1,000 items. */
  list(service: Service, path: string): Promise<Item[]>;
  /** Gives the response's JSON, undefined where it has none. Throws OpenStackError. */
  request(service: Service, path: string, options?: { method?: string; body?: unknown }): Promise<unknown>;
}

export type Item = Record<string, unknown> & { id: string; name: string };

export type Service = "compute" | "network" | "volume" | "load-balancer" | "identity" | "image";

/** A service's refusal. */
export class OpenStackError extends Error {
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.status = status;
  }
}

const cloudSchema = z.object({
  auth: z.object({ auth_url: z.string(), username: z.string(), password: z.string() }),
});
const tokenSchema = z.object({
  token: z.object({
    project: z.object({ id: z.string() }),
    user: z.object({ id: z.string() }),
    catalog: z.array(
      z.object({ type: z.string(), endpoints: z.array(z.object({ interface: z.string(), url: z.string() })) }),
    ),
  }),
});

/** Services whose name in the catalog is another. */
const catalogTypes: Partial<Record<Service, string>> = { volume: "volumev3" };

/** A user who may be in several projects. */
export interface Login {
  auth_url: string;
  username: string;
  password: string;
}

/** Reads the login of a cloud in `clouds.yaml`. */
export async function loginOf(cloudsFile: string, cloud: string): Promise<Login> {
  return cloudSchema.parse(parse(await readFile(cloudsFile, "utf8")).clouds[cloud]).auth;
}

/** Logs in to a project. */
export async function openApi(auth: Login, projectName: string): Promise<CloudApi> {
  const domain = { id: "default" };
  const response = await fetch(`${auth.auth_url}/auth/tokens`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      auth: {
        identity: {
          methods: ["password"],
          password: { user: { name: auth.username, password: auth.password, domain } },
        },
        scope: { project: { name: projectName, domain } },
      },
    }),
  });
  const { token } = tokenSchema.parse(await answer(response));
  const headers = { "X-Auth-Token": response.headers.get("X-Subject-Token") ?? "", "Content-Type": "application/json" };
  const projectId = token.project.id;

  const endpoint = (service: Service): string => {
    const type = catalogTypes[service] ?? service;
    const url = token.catalog
      .find((entry) => entry.type === type)
      ?.endpoints.find((each) => each.interface === "public")?.url;
    if (!url) throw new Error(`the cloud has no ${type} service`);
    return url;
  };
  const request: CloudApi["request"] = async (service, path, { method = "GET", body } = {}) =>
    answer(
      await fetch(endpoint(service) + path, {
        method,
        // Later microversions show more: a server's user-data, for one.
        headers: { ...headers, "OpenStack-API-Version": `${service} latest` },
        body: body === undefined ? undefined : JSON.stringify(body),
      }),
    );
  return {
    authUrl: auth.auth_url,
    projectId,
    userId: token.user.id,
    request,
    list: async (service, path) => {
      // These show other projects' as well: shared ones to all, everything to an administrator.
      const others = service === "network" || service === "load-balancer";
      const filter = others ? `${path.includes("?") ? "&" : "?"}project_id=${projectId}` : "";
      const found = Object.values((await request(service, path + filter)) as object).find(Array.isArray);
      return (found ?? []).map(item);
    },
  };
}

/** Gives a listed item. Key pairs come wrapped, and are known by their name. */
function item(listed: Record<string, unknown>): Item {
  const found = (listed.keypair ?? listed) as Item;
  return { ...found, id: found.id ?? found.name };
}

async function answer(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok)
    throw new OpenStackError(`${new URL(response.url).pathname}: ${response.status} ${text}`, response.status);
  return text ? JSON.parse(text) : undefined;
}
