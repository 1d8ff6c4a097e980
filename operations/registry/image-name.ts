import { UserError } from "../../lib/errors.ts";

/** A place in the image registry. */
export interface ImageTarget {
  repository: string;
  tag: string;
}

const component = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";
const repositoryForm = new RegExp(`^${component}(?:/${component})*$`);
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/**
 * Reads an image's name as the place that it has in the platform's registry: without the registry that it came from, `latest`
 * where it has no tag. Throws UserError.
 */
export function targetOf(image: string): ImageTarget {
  const parts = image.split("/");
  const [first = ""] = parts;
  const hasHost = parts.length > 1 && (/[.:]/.test(first) || first === "localhost");
  const path = (hasHost ? parts.slice(1) : parts).join("/");
  const [, repository = "", tag = "latest"] = /^([^:@]*)(?::([^:@]*))?$/.exec(path) ?? [];
  if (repositoryForm.test(repository) && tagForm.test(tag)) return { repository, tag };
  const example = "./kpaas registry push ENVIRONMENT team/hello:1";
  if (path.includes("@")) throw new UserError(`${image} names a digest: a push needs a tag`, `such as: ${example}`);
  throw new UserError(`${image} is no image's name: small letters and digits, then :TAG`, `such as: ${example}`);
}
