import { describe, expect, test } from "vitest";
import { gitlabJobsIn, parseTemplate, templateText } from "../tests/ci/templates.ts";

interface Step {
  uses?: string;
  run?: string;
  env?: Record<string, string>;
  with?: Record<string, string>;
}

interface Job {
  if?: string;
  needs?: string;
  environment?: string;
  permissions?: Record<string, string>;
  env?: Record<string, string>;
  "runs-on"?: string;
  steps: Step[];
}

const credential = /secrets\.|github\.token|secrets:|GITHUB_TOKEN/;

/** Tells where a GitHub workflow gives a credential to what a request's author wrote, or to more than needs it. */
function githubBreaches(text: string): string[] {
  const workflow = parseTemplate(text) as { permissions?: object; env?: object; jobs: Record<string, Job> };
  const breaches: string[] = [];
  const refuse = (name: string, why: string) => breaches.push(`${name}: ${why}`);
  if (Object.keys(workflow.permissions ?? { all: "" }).length > 0) refuse("workflow", "every job has its permissions");
  if (credential.test(JSON.stringify(workflow.env ?? {}))) refuse("workflow", "a credential for every job");
  const unpinned = text.match(/uses: (?!\S+@[0-9a-f]{40} # v\d)[^\n]*/g) ?? [];
  for (const one of unpinned) refuse("workflow", `${one} is by no commit`);
  for (const [name, job] of Object.entries(workflow.jobs)) {
    const condition = `${job.if} ${workflow.jobs[job.needs ?? ""]?.if ?? ""}`;
    const ofRequest = /'pull_request'/.test(condition);
    const checkouts = job.steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    const runsFolder = checkouts.some(({ with: given }) => !given?.repository && !given?.path);
    const asRequest = ofRequest && runsFolder;
    const hasCredential =
      job.environment !== undefined ||
      credential.test(JSON.stringify(job.steps)) ||
      Object.entries(job.permissions ?? { all: "write" }).some(([, level]) => level !== "read");
    if (asRequest && hasCredential) refuse(name, "a request's code runs with a credential");
    if (ofRequest && /vars\.KPAAS_RUNNER/.test(job["runs-on"] ?? ""))
      refuse(name, "a request on a runner that operates");
    if (credential.test(JSON.stringify(job.env ?? {}))) refuse(name, "a credential for every step");
    if (/secrets\./.test(JSON.stringify(job.steps)) && !job.environment) refuse(name, "secrets of no environment");
    for (const step of job.steps) {
      const given = JSON.stringify({ ...step.env, ...step.with });
      const code = step.run ?? "";
      if (/secrets\./.test(given) && !/^\.\/kpaas (up|preview|maintain) /m.test(code))
        refuse(name, "a secret in a step that needs none");
      if (/github\.token/.test(given) && !/^\.installer\/kpaas comment [^\n]*$/.test(code))
        refuse(name, "the token that comments in a step that does more");
      // Of a request that stands beside: one file, as data.
      const fromRequest = code.split("\n").filter((line) => line.includes(".request") && !line.startsWith("rm -rf"));
      for (const line of fromRequest)
        if (!/^git -C \.request show "HEAD:Pulumi\.\$ENVIRONMENT\.yaml" > /.test(line))
          refuse(name, `${line}: more of a request than its environment file`);
    }
    const requested = checkouts.filter(({ with: given }) => /head/.test(given?.ref ?? ""));
    for (const { with: given } of requested)
      if (given?.path !== ".request") refuse(name, "a request's files in the place of this branch's");
    if (/pull_request/.test(condition) && /write/.test(JSON.stringify(job.permissions)) && !ofFork(condition))
      refuse(name, "for another repository's requests, too");
  }
  return breaches;
}

const ofFork = (condition: string): boolean => condition.includes("head.repo.full_name == github.repository");

/** Tells the same of GitLab's jobs. */
function gitlabBreaches(text: string): string[] {
  const breaches: string[] = [];
  for (const [name, job] of Object.entries(gitlabJobsIn(parseTemplate(text)))) {
    const refuse = (why: string) => breaches.push(`${name}: ${why}`);
    const conditions = (job.rules ?? []).map((rule) => rule.if ?? "");
    if (conditions.length === 0) refuse("runs for whatever happens");
    const script = [...(job.before_script ?? []), ...(job.script ?? []), ...(job.after_script ?? [])].join("\n");
    const ofRequest = conditions.some((one) => /== "merge_request_event"/.test(one));
    const hasCredential = job.environment !== undefined || job.id_tokens !== undefined;
    if (ofRequest && (hasCredential || /kpaas (comment|preview|up)|PULUMI_BACKEND_URL/.test(script)))
      refuse("a request's code runs with a credential");
    if (ofRequest && job.cache !== undefined) refuse("a request fills the cache");
    if (!ofRequest && !conditions.every((one) => one.includes("$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH")))
      refuse("runs with credentials on another branch than the default one");
    if (/kpaas"? comment/.test(script) && (job.variables?.GIT_STRATEGY !== "empty" || /\.\/kpaas/.test(script)))
      refuse("the token that comments beside the repository's code");
    if (/kpaas comment/.test(script) && job.id_tokens !== undefined) refuse("the token that comments beside a cloud's");
    if (hasCredential && !script.includes("env -u PULUMI_CONFIG_PASSPHRASE"))
      refuse("packages are installed with the passphrase");
  }
  return breaches;
}

const github = templateText("github");
const gitlab = templateText("gitlab");

test.each([
  ["github", githubBreaches(github)],
  ["gitlab", gitlabBreaches(gitlab)],
])("the template for %s gives no credential to a request's code", (_forge, breaches) => {
  expect(breaches).toEqual([]);
});

/** Gives GitHub's expression for a value. */
const value = (name: string): string => ["$", `{{ ${name} }}`].join("");

/** Changes that each must be found: what the template had, or what somebody may add. */
const mutants: [string, string, string | RegExp, string, RegExp][] = [
  ["an action by its tag", "github", /actions\/cache@\S+ #/, "actions/cache@v5 #", /by no commit/],
  [
    "the passphrase for every step of the job",
    "github",
    `      ENVIRONMENT: ${value("matrix.environment")}\n`,
    `      ENVIRONMENT: ${value("matrix.environment")}\n      PASSPHRASE: ${value("secrets.KPAAS_PASSPHRASE")}\n`,
    /plan: a credential for every step/,
  ],
  [
    "a cloud's token where the plan is made",
    "github",
    "    permissions:\n      contents: read\n    env: &job",
    "    permissions:\n      contents: read\n      id-token: write\n    env: &job",
    /plan: a request's code runs with a credential/,
  ],
  [
    "an environment where the plan is made",
    "github",
    "    env: &job",
    "    environment: preview-aws-dev\n    env: &job",
    /plan: a request's code runs with a credential/,
  ],
  ["the plan on a runner that operates", "github", "vars.KPAAS_PLAN_RUNNER", "vars.KPAAS_RUNNER", /plan: .*operates/],
  [
    "the request's code where the preview is made",
    "github",
    "          path: .request\n",
    "",
    /preview: a request's files in the place/,
  ],
  [
    "the request's starter where the preview is made",
    "github",
    "          rm -rf .request\n",
    "          .request/kpaas version\n",
    /preview: .*more of a request than its environment file/,
  ],
  [
    "a secret where packages are installed",
    "github",
    "        run: ./kpaas version\n",
    `        env: { PGPASSWORD: "${value("secrets.KPAAS_PGPASSWORD")}" }\n        run: ./kpaas version\n`,
    /preview: a secret in a step that needs none/,
  ],
  [
    "the token that comments where the request's code runs",
    "github",
    "        run: |\n          git show",
    `        env: { GITHUB_TOKEN: "${value("github.token")}" }\n        run: |\n          git show`,
    /plan: a request's code runs with a credential/,
  ],
  [
    "permissions for every job",
    "github",
    "permissions: {}",
    "permissions:\n  contents: write",
    /workflow: every job has its permissions/,
  ],
  [
    "a comment in the request's job",
    "gitlab",
    "  script:\n    - mkdir",
    "  script:\n    - ./kpaas comment x y\n    - mkdir",
    /plan: a request/,
  ],
  [
    "a cloud's token in the request's job",
    "gitlab",
    "  timeout: 20 minutes\n",
    "  timeout: 20 minutes\n  id_tokens: { TOKEN: { aud: cloud } }\n",
    /plan: a request's code runs with a credential/,
  ],
  [
    "a cache in the request's job",
    "gitlab",
    "  timeout: 20 minutes\n",
    "  timeout: 20 minutes\n  cache: { paths: [.kpaas-cache] }\n",
    /plan: a request fills the cache/,
  ],
  [
    "a preview on any branch",
    "gitlab",
    / && \$CI_COMMIT_BRANCH == \$CI_DEFAULT_BRANCH\n {2}script:\n {4}- mkdir/,
    "\n  script:\n    - mkdir",
    /preview: runs with credentials on another branch/,
  ],
  [
    "a comment beside the repository's code",
    "gitlab",
    "    GIT_STRATEGY: empty\n",
    "",
    /comment: the token that comments/,
  ],
  [
    "packages that are installed with the passphrase",
    "gitlab",
    "env -u PULUMI_CONFIG_PASSPHRASE ",
    "env ",
    /up-development: packages are installed/,
  ],
];

describe("what would give one is found", () => {
  test.each(mutants)("%s (%s)", (_what, forge, from, to, breach) => {
    const template = forge === "github" ? github : gitlab;
    const mutant = template.replace(from, () => to);
    expect(mutant).not.toBe(template);
    const breaches = forge === "github" ? githubBreaches(mutant) : gitlabBreaches(mutant);
    expect(breaches).toEqual(expect.arrayContaining([expect.stringMatching(breach)]));
  });
});
