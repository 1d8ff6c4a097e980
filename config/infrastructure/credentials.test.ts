import { expect, test } from "vitest";
import { type Credentials, hasCredentials, type Machine } from "./credentials.ts";

const credentials: Credentials = {
  variables: [["ID", "KEY"], ["TOKEN_FILE"]],
  files: ["here.yaml", "~/.cloud/config", "/etc/cloud/config"],
  lendsToVendor: "Cloud",
  remedy: "log in",
};

const machine = ({ files = [] as string[], vendor = "", ...variables }): Machine => ({
  variables: { HOME: "/home/me", ...variables },
  exists: (path) => files.includes(path),
  vendor: () => vendor,
});

test.each([
  ["nothing", {}, false],
  ["half of a pair", { ID: "a" }, false],
  ["an empty variable", { ID: "a", KEY: "" }, false],
  ["a whole pair", { ID: "a", KEY: "b" }, true],
  ["another way", { TOKEN_FILE: "f" }, true],
  ["a file of another user", { files: ["/root/.cloud/config"] }, false],
  ["a file below the home folder", { files: ["/home/me/.cloud/config"] }, true],
  ["a file here", { files: ["here.yaml"] }, true],
  ["a machine of another cloud", { vendor: "Other Cloud" }, false],
  ["a machine of the cloud's own", { vendor: "Cloud Computing Ltd" }, true],
])("%s: %j is taken for credentials: %s", (_what, given, expected) => {
  expect(hasCredentials(credentials, machine(given))).toBe(expected);
});
