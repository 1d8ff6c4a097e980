import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeEnvironmentsFolder } from "../../operations/environments-folder.ts";
import { type Run, run } from "../harness/platform/commands.ts";
import type { Forge, Job } from "./templates.ts";

export interface RunnerOptions {
  forge: Forge;
  environment: string;
  /** Settings that the forge and the runner give every job. */
  settings: Settings;
  /** Number of the merge request that the job runs for. */
  mergeRequest?: number;
}

export interface Settings {
  backendUrl: string;
  passphrase: string;
  /** Address of the API with the comments. */
  apiUrl: string;
  token: string;
  /** Variables of the runner's machine. */
  machine: Record<string, string>;
}

/** Values of GitHub's expressions in the templates; each other one would be an error there, too. */
const expressions = ({ environment, settings }: RunnerOptions): Record<string, string> => ({
  "matrix.environment": environment,
  "vars.KPAAS_BACKEND_URL": settings.backendUrl,
  "secrets.KPAAS_PASSPHRASE": settings.passphrase,
  "secrets.KPAAS_PGPASSWORD": "",
  "github.token": settings.token,
});

/** Runs a job's script steps on a machine that keeps nothing, with the variables that the forge would set. */
export async function runJob(job: Job, options: RunnerOptions): Promise<Run & { files: Record<string, string> }> {
  const folder = mkdtempSync(join(tmpdir(), "kpaas-job-"));
  try {
    makeEnvironmentsFolder(folder);
    const forge = options.forge === "github" ? github(folder, options) : gitlab(folder, options);
    const env = { ...forge, ...options.settings.machine, KPAAS_STATE_DIR: join(folder, "state"), CI: "true" };
    const result: Run = { code: 0, stdout: "", stderr: "", seconds: 0 };
    for (const { script, variables, always } of job.steps) {
      if (result.code !== 0 && !always) continue;
      const given = Object.entries({ ...job.variables, ...variables });
      const own = Object.fromEntries(given.map(([name, value]) => [name, resolved(value, env, options)]));
      const step = await run("bash", ["-e", "-o", "pipefail", "-c", `cd "$JOB_FOLDER"\n${script}`], {
        env: { ...env, ...own, JOB_FOLDER: folder },
      });
      result.code ||= step.code;
      result.stdout += step.stdout;
      result.stderr += step.stderr;
      result.seconds += step.seconds;
    }
    return { ...result, files: filesOf(folder) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function github(folder: string, { settings, mergeRequest }: RunnerOptions): Record<string, string> {
  const event = join(folder, "event.json");
  writeFileSync(event, JSON.stringify(mergeRequest ? { pull_request: { number: mergeRequest } } : {}));
  return {
    GITHUB_ACTIONS: "true",
    GITHUB_API_URL: settings.apiUrl,
    GITHUB_SERVER_URL: "https://github.example",
    GITHUB_REPOSITORY: "team/platforms",
    GITHUB_RUN_ID: "42",
    GITHUB_EVENT_PATH: event,
    GITHUB_STEP_SUMMARY: join(folder, "summary.md"),
  };
}

function gitlab(folder: string, options: RunnerOptions): Record<string, string> {
  const { settings, mergeRequest, environment } = options;
  return {
    GITLAB_CI: "true",
    CI_API_V4_URL: settings.apiUrl,
    CI_PROJECT_ID: "7",
    CI_PROJECT_DIR: folder,
    CI_SERVER_URL: "https://gitlab.example",
    CI_JOB_URL: "https://gitlab.example/team/platforms/-/jobs/42",
    ...(mergeRequest ? { CI_MERGE_REQUEST_IID: String(mergeRequest) } : {}),
    ENVIRONMENT: environment,
    PULUMI_BACKEND_URL: settings.backendUrl,
    PULUMI_CONFIG_PASSPHRASE: settings.passphrase,
    KPAAS_COMMENT_TOKEN: settings.token,
    KPAAS_OIDC_TOKEN: "token-of-the-forge",
  };
}

/** Puts the test's own environment in place of the one that a template names. */
function resolved(value: string, env: Record<string, string>, options: RunnerOptions): string {
  if (options.forge === "gitlab") {
    const expanded = value.replace(/\$(\w+)/g, (_, name: string) => env[name] ?? "");
    return /^aws-(dev|operation)$/.test(expanded) ? options.environment : expanded;
  }
  return value.replace(/\$\{\{ (.+?) \}\}/g, (_, expression: string) => {
    const known = expressions(options)[expression];
    if (known === undefined) throw new Error(`what is ${expression}?`);
    return known;
  });
}

function filesOf(folder: string): Record<string, string> {
  const read = (name: string): [string, string][] => {
    try {
      return [[name, readFileSync(join(folder, name), "utf8")]];
    } catch {
      return [];
    }
  };
  return Object.fromEntries(["drift.md", "summary.md"].flatMap(read));
}
