import { existsSync, readFileSync } from "node:fs";
import { UserError } from "../../lib/errors.ts";
import { note } from "../../lib/terminal.ts";
import { requireEnvironment } from "../../operations/environments.ts";
import { findForge, jobAddress, postComment } from "../../operations/forge.ts";
import { defineCommand } from "../command.ts";

export const comment = defineCommand({
  details:
    "For GitHub Actions and GitLab CI, which it knows by the variables that they set. Files that are not there are left out:\n" +
    "a job that failed has not written all of them. A later run replaces the environment's comment.\n" +
    "Needs GITHUB_TOKEN with pull-requests: write, or KPAAS_COMMENT_TOKEN, a GitLab access token with the scope api.",
  options: {},
  maxPositionals: 20,
  async run({ positionals: [given, ...files] }) {
    const name = requireEnvironment(given, "comment");
    if (files.length === 0) throw new UserError("comment needs files", `./kpaas comment ${name} plan.md preview.md`);
    const forge = findForge(process.env);
    const reports = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8").trim());
    const missing = reports.length < files.length ? ["The run ended early: its log says why."] : [];
    const address = jobAddress(process.env);
    const source = address ? [`[The job and its log](${address})`] : [];
    const done = await postComment(forge, `kpaas ${name}`, [...reports, ...missing, ...source].join("\n\n"));
    note(`the comment for ${name} was ${done}`);
    return 0;
  },
});
