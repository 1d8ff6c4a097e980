import { UserError } from "../../lib/errors.ts";
import { nearest } from "../../lib/suggest.ts";
import { note, print, style } from "../../lib/terminal.ts";
import { type ForgeName, forgeNames, makeEnvironmentsFolder } from "../../operations/environments-folder.ts";
import { defineCommand } from "../command.ts";

export const init = defineCommand({
  details:
    "DIR is a new or an empty folder outside the clone; keep it in a repository of your own. It gets an environment for this\n" +
    "machine, a .gitignore, a README and a ./kpaas of its own, which reads the environments there from wherever it is called.\n" +
    "The clone stays as it is, so that updating the installer is `git pull`.",
  options: {
    ci: {
      type: "string",
      placeholder: "FORGE",
      description: `add the pipeline's template, for ${forgeNames.join(" or ")}: see docs/ci.md`,
    },
  },
  maxPositionals: 1,
  async run({ positionals: [folder], values: { ci } }) {
    if (folder === undefined) throw new UserError("init needs a folder", "./kpaas init ../environments");
    const made = makeEnvironmentsFolder(folder, ci === undefined ? undefined : forgeNamed(ci));
    await print(`made ${folder}: ${made.join(", ")}`);
    note(`${style("cyan", "next:")} cd ${folder} && ./kpaas plan local     shows what up would make`);
    note("      git init && git add . && git commit     keeps the environments");
    return 0;
  },
});

function forgeNamed(text: string): ForgeName {
  const forge = forgeNames.find((one) => one === text);
  if (forge) return forge;
  const meant = nearest(text, forgeNames);
  throw new UserError(
    `--ci: there is no template for ${text}`,
    meant ? `did you mean --ci ${meant}?` : `there are: ${forgeNames.join(", ")}`,
  );
}
