import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { repository } from "../../lib/repository.ts";
import { run as runProgram } from "../../lib/run.ts";
import { makeEnvironmentsFolder } from "../../operations/environments-folder.ts";
import { type Run, run } from "../harness/platform/commands.ts";
import type { Forge, Job } from "./templates.ts";

export interface RunnerOptions {
  forge: Forge;
  environment: string;
  /** Settings that the forge and the runner give every job. */
  settings: Settings;
  /** The environment's file in the default branch; none where it is new. */
  file?: string;
  request?: Request;
  /** Files that jobs before have left. */
  artifacts?: Record<string, string>;
}

/** A merge request. */
export interface Request {
  number: number;
  /** The environment's file there. */
  file: string;
  /** Other files there, by name. */
  others?: Record<string, string>;
  /** The commit that someone has read, where it is another one than the request's. */
  commit?: string;
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
  "secrets.KPAAS_CACHE_KEY": "",
  "github.token": settings.token,
});

/** Runs a job's script steps on a machine that keeps nothing, with the files and variables that the forge would give it. */
export async function runJob(job: Job, options: RunnerOptions): Promise<Run & { files: Record<string, string> }> {
  const root = mkdtempSync(join(tmpdir(), "kpaas-job-"));
  try {
    const folder = join(root, "job");
    const commits = await checkOut(folder, job, options);
    const forge = options.forge === "github" ? github(folder, options) : gitlab(folder, job, options, commits);
    const env = { ...forge, ...options.settings.machine, KPAAS_STATE_DIR: join(root, "state"), CI: "true" };
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
    rmSync(root, { recursive: true });
  }
}

interface Commits {
  main: string;
  request: string;
}

/** Makes a job's folder: of a merge request's plan the request's files, of a comment none but the installer, else the default branch's. */
async function checkOut(folder: string, job: Job, options: RunnerOptions): Promise<Commits> {
  const { environment, file, request, artifacts = {}, forge } = options;
  makeEnvironmentsFolder(folder);
  const git = async (...words: string[]) =>
    (await runProgram("git", ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@t.example", ...words])).trim();
  const name = `Pulumi.${environment}.yaml`;
  await git("init", "--quiet", "--initial-branch=main");
  if (file !== undefined) writeFileSync(join(folder, name), file);
  await git("add", ".");
  await git("commit", "--quiet", "--message=main");
  const main = await git("rev-parse", "HEAD");
  for (const [path, text] of Object.entries({ ...(request ? { [name]: request.file } : {}), ...request?.others }))
    writeFileSync(join(folder, path), text);
  await git("add", ".");
  await git("commit", "--quiet", "--allow-empty", "--message=request");
  const commits = { main, request: await git("rev-parse", "HEAD") };
  const origin = join(folder, "..", "origin.git");
  await runProgram("git", ["clone", "--quiet", "--bare", folder, origin]);
  await runProgram("git", ["-C", origin, "config", "uploadpack.allowAnySHA1InWant", "true"]);
  if (request)
    await runProgram("git", [
      "-C",
      origin,
      "update-ref",
      `refs/merge-requests/${request.number}/head`,
      commits.request,
    ]);
  await git("remote", "add", "origin", origin);
  if (forge === "github" && job.name === "preview") {
    await runProgram("git", ["clone", "--quiet", folder, join(folder, ".request")]);
  }
  if (job.name !== "plan") await git("reset", "--quiet", "--hard", main);
  if (job.name.startsWith("comment"))
    for (const entry of readdirSync(folder).filter((one) => one !== ".installer"))
      rmSync(join(folder, entry), { recursive: true });
  for (const [path, text] of Object.entries(artifacts)) {
    mkdirSync(join(folder, path, ".."), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return commits;
}

function github(folder: string, { settings, request }: RunnerOptions): Record<string, string> {
  const event = join(folder, "..", "event.json");
  writeFileSync(event, JSON.stringify(request ? { pull_request: { number: request.number } } : {}));
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

/** Gives a job GitLab's variables: protected ones where it is of the default branch, those of an environment where it names it. */
function gitlab(folder: string, { name }: Job, options: RunnerOptions, commits: Commits): Record<string, string> {
  const { settings, request, environment } = options;
  const always = {
    GITLAB_CI: "true",
    CI_API_V4_URL: settings.apiUrl,
    CI_PROJECT_ID: "7",
    CI_PROJECT_DIR: folder,
    CI_SERVER_URL: "https://gitlab.example",
    CI_JOB_URL: "https://gitlab.example/team/platforms/-/jobs/42",
    ENVIRONMENT: environment,
    KPAAS_INSTALLER: repository,
  };
  if (name === "plan")
    return {
      ...always,
      CI_MERGE_REQUEST_IID: String(request?.number),
      CI_MERGE_REQUEST_DIFF_BASE_SHA: commits.main,
    };
  const started: Record<string, string> = request
    ? { KPAAS_MERGE_REQUEST: String(request.number), KPAAS_COMMIT: request.commit ?? commits.request }
    : {};
  if (name === "comment") return { ...always, ...started, KPAAS_COMMENT_TOKEN: settings.token };
  return {
    ...always,
    ...started,
    PULUMI_BACKEND_URL: settings.backendUrl,
    PULUMI_CONFIG_PASSPHRASE: settings.passphrase,
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

/** Reads what a job leaves for people and later jobs. */
function filesOf(folder: string): Record<string, string> {
  const inReports = join(folder, "reports");
  const reports = existsSync(inReports) ? readdirSync(inReports).map((name) => `reports/${name}`) : [];
  const names = ["plan.md", "preview.md", "drift.md", "summary.md", ...reports];
  return Object.fromEntries(
    names.flatMap((name) => {
      const file = join(folder, name);
      return existsSync(file) ? [[name, readFileSync(file, "utf8")] as const] : [];
    }),
  );
}
