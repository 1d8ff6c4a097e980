import { readFileSync } from "node:fs";
import { errorLine, UserError } from "../lib/errors.ts";

/** The API to a merge request's comments: its addresses, and how it is spoken to. */
export interface Forge {
  comments: string;
  /** Gives the address of one comment. */
  address(id: number): string;
  headers: Record<string, string>;
  updateMethod: "PATCH" | "PUT";
  /** The most characters of a comment. */
  maxCharacters: number;
}

type Variables = Record<string, string | undefined>;

const timeoutSeconds = 30;
const pageSize = 100;

/** Finds the forge whose CI this runs in, for the merge request that it runs for. Throws UserError where there is none. */
export function findForge(variables: Variables): Forge {
  if (variables.GITHUB_ACTIONS === "true") return github(variables);
  if (variables.GITLAB_CI === "true") return gitlab(variables);
  throw new UserError(
    "there is no merge request to comment on: this is neither GitHub Actions nor GitLab CI",
    "see docs/ci.md",
  );
}

function github(variables: Variables): Forge {
  const [api, repository, token] = required(variables, ["GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN"]);
  const number = pullRequestNumber(variables);
  const issues = `${api}/repos/${repository}/issues`;
  return {
    comments: `${issues}/${number}/comments`,
    address: (id) => `${issues}/comments/${id}`,
    headers: { authorization: `Bearer ${token}`, accept: "application/vnd.github+json" },
    updateMethod: "PATCH",
    maxCharacters: 65_536,
  };
}

function pullRequestNumber({ GITHUB_EVENT_PATH: path }: Variables): number {
  const event: { pull_request?: { number?: number } } = path ? JSON.parse(readFileSync(path, "utf8")) : {};
  const number = event.pull_request?.number;
  if (number !== undefined) return number;
  throw new UserError("this run is for no pull request", "run it on: pull_request");
}

function gitlab(variables: Variables): Forge {
  const [api, project, token] = required(variables, ["CI_API_V4_URL", "CI_PROJECT_ID", "KPAAS_COMMENT_TOKEN"]);
  const number = variables.CI_MERGE_REQUEST_IID;
  if (!number)
    throw new UserError(
      "this run is for no merge request",
      'run it where $CI_PIPELINE_SOURCE == "merge_request_event"',
    );
  const comments = `${api}/projects/${project}/merge_requests/${number}/notes`;
  return {
    comments,
    address: (id) => `${comments}/${id}`,
    headers: { "private-token": token },
    updateMethod: "PUT",
    maxCharacters: 1_000_000,
  };
}

function required<const N extends readonly string[]>(variables: Variables, names: N): { [K in keyof N]: string } {
  const missing = names.filter((name) => !variables[name]);
  if (missing.length > 0) throw new UserError(`${missing.join(" and ")} must be set to comment`, "see docs/ci.md");
  return names.map((name) => variables[name] ?? "") as { [K in keyof N]: string };
}

/** Gives the page of the job that this runs in. */
export function jobAddress({ CI_JOB_URL, GITHUB_SERVER_URL, GITHUB_REPOSITORY, GITHUB_RUN_ID }: Variables) {
  if (CI_JOB_URL) return CI_JOB_URL;
  return GITHUB_RUN_ID ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}/actions/runs/${GITHUB_RUN_ID}` : undefined;
}

interface Comment {
  id: number;
  body: string;
}

/** Makes the comment of this title, or replaces it where it is there. Throws UserError where the forge refuses. */
export async function postComment(forge: Forge, title: string, text: string): Promise<"made" | "replaced"> {
  const mark = `<!-- ${title} -->`;
  const known = await findComment(forge, mark);
  const body = cut(`${mark}\n${text}`, forge.maxCharacters);
  if (known) await request(forge, forge.updateMethod, forge.address(known.id), { body });
  else await request(forge, "POST", forge.comments, { body });
  return known ? "replaced" : "made";
}

async function findComment(forge: Forge, mark: string): Promise<Comment | undefined> {
  for (let page = 1; ; page++) {
    const url = `${forge.comments}?per_page=${pageSize}&page=${page}`;
    const comments = (await (await request(forge, "GET", url)).json()) as Comment[];
    const found = comments.find(({ body }) => body.startsWith(mark));
    if (found || comments.length < pageSize) return found;
  }
}

function cut(text: string, maxCharacters: number): string {
  const end = "\n\n(cut off: the job's log has the rest)";
  return text.length <= maxCharacters ? text : `${text.slice(0, maxCharacters - end.length)}${end}`;
}

async function request({ headers }: Forge, method: string, url: string, body?: object): Promise<Response> {
  const refused = (why: string) =>
    new UserError(
      `the comment could not be posted: ${method} ${url}: ${why}`,
      "see that the token is valid and may comment: docs/ci.md",
    );
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: { ...headers, "content-type": "application/json" },
      body: body && JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutSeconds * 1000),
    });
  } catch (error) {
    throw refused(errorLine(error));
  }
  if (response.ok) return response;
  throw refused(`${response.status} ${response.statusText}`);
}
