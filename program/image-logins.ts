import * as pulumi from "@pulumi/pulumi";
import type { Login } from "../components/first-boot/index.ts";
import type { Environment } from "../config/environment.ts";
import { imageSecretNames, requireImageSecrets } from "../config/image-sources.ts";
import { UserError } from "../lib/errors.ts";

/** Reads the logins at image registries, the site's and upstream's, by the secrets' names. Throws UserError where one is missing. */
export function readImageLogins(
  environment: Environment,
  config: pulumi.Config,
): pulumi.Output<Record<string, Login>> | undefined {
  const names = imageSecretNames(environment);
  if (names.length === 0) return undefined;
  requireImageSecrets(environment, (name) => config.getSecret(name) !== undefined);
  const logins = names.map((name) => [
    name,
    config.requireSecretObject<Record<string, unknown>>(name).apply((value) => loginOf(name, value)),
  ]);
  return pulumi.secret(pulumi.all(Object.fromEntries(logins) as Record<string, pulumi.Output<Login>>));
}

/** Reads a login of a secret's value. HTTP's Basic authentication ends the name at the first colon. Throws UserError. */
export function loginOf(secret: string, { username, password }: Record<string, unknown>): Login {
  const isText = (value: unknown): value is string => typeof value === "string" && /^[^\p{Cc}]+$/u.test(value);
  if (isText(username) && isText(password) && !username.includes(":")) return { name: username, password };
  throw new UserError(
    `the stack's secret kpaas:${secret} must be a map of username, without a colon, and password`,
    `pulumi config set --secret kpaas:${secret} < ${secret}.json`,
  );
}
