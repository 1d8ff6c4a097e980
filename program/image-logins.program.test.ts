import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, test } from "vitest";
import { exampleEnvironment } from "../tests/harness/environments/example-environment.ts";
import { loginOf, readImageLogins } from "./image-logins.ts";

const environment = exampleEnvironment({
  containerPlatform: {
    registry: {
      mirrors: [
        { url: "https://a.example.com", loginSecret: "harbor" },
        { url: "https://b.example.com", loginSecret: "harbor" },
        { url: "https://c.example.com" },
      ],
    },
  },
});

afterEach(() => pulumi.runtime.setAllConfig({}));

describe("logins at a site's registries", () => {
  test("are read by name, once each, and stay secret", async () => {
    const value = { username: "robot$node", password: "pass word" };
    pulumi.runtime.setAllConfig({ "kpaas:harbor": JSON.stringify(value) }, ["kpaas:harbor"]);
    const logins = readImageLogins(environment, new pulumi.Config("kpaas"));
    if (!logins) throw new Error("no login was read");
    expect(await pulumi.isSecret(logins)).toBe(true);
    const read = await new Promise((resolve) => logins.apply(resolve));
    expect(read).toEqual({ harbor: { name: "robot$node", password: "pass word" } });
  });

  test.each([
    [{ username: "a:b", password: "verysecret" }],
    [{ username: "a", password: "verysecret\nheader" }],
    [{ user: "a", password: "verysecret" }],
  ])("are refused where no registry could take them, without their values", (value) => {
    const refused = /^the stack's secret kpaas:harbor must be a map of username, without a colon, and password$/;
    expect(() => loginOf("harbor", value)).toThrow(refused);
  });

  test("are none where the site's registries want none", () => {
    expect(readImageLogins(exampleEnvironment(), new pulumi.Config("kpaas"))).toBeUndefined();
  });
});
