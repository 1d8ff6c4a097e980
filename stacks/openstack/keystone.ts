import { existsSync, readFileSync } from "node:fs";
import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { parse } from "yaml";
import { z } from "zod";
import { UserError } from "../../lib/errors.ts";
import type { Settings } from "./settings.ts";

/** Time for one answer: a project's limits are asked for before anything begins. */
const answerSeconds = 15;

const text = z.string().min(1);
const authSchema = z.object({
  auth_url: text,
  username: text.optional(),
  user_id: text.optional(),
  password: text.optional(),
  project_id: text.optional(),
  project_name: text.optional(),
  domain_id: text.optional(),
  domain_name: text.optional(),
  user_domain_id: text.optional(),
  user_domain_name: text.optional(),
  project_domain_id: text.optional(),
  project_domain_name: text.optional(),
  application_credential_id: text.optional(),
  application_credential_name: text.optional(),
  application_credential_secret: text.optional(),
});
/** An entry of clouds.yaml, as far as it is read here. */
const cloudSchema = z.object({
  auth: authSchema,
  region_name: text.optional(),
  interface: text.optional(),
  cacert: text.optional(),
  verify: z.boolean().optional(),
});
type Cloud = z.output<typeof cloudSchema>;

/** A project that somebody is logged in to. */
export interface Project {
  id: string;
  /** Gives the JSON at a path of the first of these services that the catalog has. Throws Error. */
  get(services: readonly string[], path: string): Promise<unknown>;
}

const tokenSchema = z.object({
  token: z.object({
    project: z.object({ id: text }),
    catalog: z.array(
      z.object({
        type: text,
        endpoints: z.array(z.object({ interface: text, region: text.nullish(), url: text })),
      }),
    ),
  }),
});

/**
 * Logs in with the operator's credentials, found where OpenStack's own tools find them: clouds.yaml or `OS_*`. Gives nothing where they
 * are of a kind other than a password or an application credential. Throws UserError where Keystone refuses them.
 */
export async function logIn(
  settings: Pick<Settings, "cloud" | "region">,
  variables: NodeJS.ProcessEnv = process.env,
): Promise<Project | undefined> {
  const cloud = cloudOf(settings, variables);
  const identity = cloud && identityOf(cloud.auth);
  if (!cloud || !identity) return undefined;
  const base = cloud.auth.auth_url.replace(/\/+$/, "").replace(/\/v3$/, "");
  const { status, headers, body } = await ask(`${base}/v3/auth/tokens`, cloud, { method: "POST" }, { auth: identity });
  if (status === 401)
    throw new UserError(
      `${new URL(base).host} refuses the credentials of ${settings.cloud ?? variables.OS_CLOUD ?? "the OS_* variables"} (401)`,
      "see that password or application credential, domain and project are right and not expired: openstack token issue",
    );
  if (status >= 300) throw new Error(`${new URL(base).host} answered ${status} to a login`);
  const { token } = tokenSchema.parse(body);
  const region = settings.region ?? cloud.region_name ?? variables.OS_REGION_NAME;
  const kind = cloud.interface ?? variables.OS_INTERFACE ?? "public";
  const endpointOf = (services: readonly string[]) =>
    services
      .flatMap((service) => token.catalog.filter(({ type }) => type === service))
      .flatMap(({ endpoints }) => endpoints)
      .find((endpoint) => kind.startsWith(endpoint.interface) && (!region || endpoint.region === region))?.url;
  return {
    id: token.project.id,
    async get(services, path) {
      const endpoint = endpointOf(services);
      if (!endpoint) throw new Error(`the catalog has no ${services[0]} service`);
      // Some catalogs name Neutron with its version.
      const url = endpoint.replace(/\/+$/, "").replace(/\/v2\.0$/, "") + path;
      const answer = await ask(url, cloud, { headers: { "X-Auth-Token": String(headers["x-subject-token"]) } });
      if (answer.status >= 300) throw new Error(`${url}: ${answer.status}`);
      return answer.body;
    },
  };
}

function cloudOf({ cloud }: Pick<Settings, "cloud">, variables: NodeJS.ProcessEnv): Cloud | undefined {
  const name = cloud ?? variables.OS_CLOUD;
  if (!name) return cloudSchema.safeParse(cloudOfVariables(variables)).data;
  const { HOME = "" } = variables;
  const file = [
    variables.OS_CLIENT_CONFIG_FILE,
    "clouds.yaml",
    `${HOME}/.config/openstack/clouds.yaml`,
    "/etc/openstack/clouds.yaml",
  ].find((path) => path && existsSync(path));
  // What cannot be read is told by the provider, in its own words.
  if (!file) return undefined;
  const entries = parse(readFileSync(file, "utf8"))?.clouds as Record<string, unknown> | undefined;
  return cloudSchema.safeParse(entries?.[name]).data;
}

function cloudOfVariables(variables: NodeJS.ProcessEnv): object {
  const auth = Object.keys(authSchema.shape).map((key) => [key, variables[`OS_${key.toUpperCase()}`] || undefined]);
  return {
    auth: Object.fromEntries(auth),
    cacert: variables.OS_CACERT || undefined,
    verify: !/^(1|true)$/i.test(variables.OS_INSECURE ?? ""),
  };
}

function identityOf(auth: Cloud["auth"]): object | undefined {
  const domain = (of: "user" | "project") => {
    const id = auth[`${of}_domain_id`] ?? auth.domain_id;
    const name = auth[`${of}_domain_name`] ?? auth.domain_name;
    return id ? { id } : { name: name ?? "Default" };
  };
  const user = auth.user_id ? { id: auth.user_id } : { name: auth.username, domain: domain("user") };
  const { application_credential_id: id, application_credential_name: name } = auth;
  if (auth.application_credential_secret && (id || name)) {
    const secret = auth.application_credential_secret;
    const credential = id ? { id, secret } : { name, secret, user };
    return { identity: { methods: ["application_credential"], application_credential: credential } };
  }
  if (!auth.password || !(auth.user_id || auth.username)) return undefined;
  const { project_id, project_name } = auth;
  if (!project_id && !project_name) return undefined;
  const project = project_id ? { id: project_id } : { name: project_name, domain: domain("project") };
  return {
    identity: { methods: ["password"], password: { user: { ...user, password: auth.password } } },
    scope: { project },
  };
}

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  body: unknown;
}

/** Node's own `fetch` takes no certificate authority of one call. */
function ask(url: string, { cacert, verify }: Cloud, options: RequestOptions, body?: object): Promise<Answer> {
  const content = body && JSON.stringify(body);
  const headers = { Accept: "application/json", "Content-Type": "application/json", ...options.headers };
  const tls = { ca: cacert && readFileSync(cacert), rejectUnauthorized: verify !== false };
  const send = url.startsWith("https:") ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(answerSeconds * 1000);
    const sent = send(url, { ...options, ...tls, headers, signal }, async (response) => {
      try {
        const chunks = await response.toArray();
        const answer = Buffer.concat(chunks as Buffer[]).toString();
        const isJson = /json/.test(response.headers["content-type"] ?? "");
        const { statusCode = 0 } = response;
        resolve({ status: statusCode, headers: response.headers, body: isJson ? JSON.parse(answer) : answer });
      } catch (error) {
        reject(error);
      }
    });
    sent.on("error", (error) => reject(new Error(`${new URL(url).host} does not answer: ${error.message}`)));
    sent.end(content);
  });
}
