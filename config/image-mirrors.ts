import { X509Certificate } from "node:crypto";
import { z } from "zod";
import { isUnique, secretName, text } from "./formats.ts";
import { mirroredHosts } from "./images.ts";
import { must } from "./problems.ts";

/** Tells whether a text is certificates in PEM, and holds no key, which would be a secret. */
function isCertificates(pem: string): boolean {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0 || pem.includes("PRIVATE KEY")) return false;
  return blocks.every((block) => {
    try {
      return new X509Certificate(block).subject !== undefined;
    } catch {
      return false;
    }
  });
}

/** Tells whether a text is `https://host[:port][/path]` in lower case, without a login, a query or a slash at its end. */
function isRegistryUrl(url: string): boolean {
  return (
    /^https:\/\/[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(\/[a-z0-9][a-z0-9._-]*)*$/.test(url) &&
    URL.canParse(url) &&
    !/\/v2$/.test(url)
  );
}

const mirror = z
  .strictObject({
    url: text(
      "be the address of a registry such as https://harbor.example.com or, with a path before every repository, https://harbor.example.com/docker-hub",
      isRegistryUrl,
      "lower case, without a login and without /v2",
    ).describe(
      "Address of the registry, by HTTPS. A path stands before every repository, as proxies of Harbor have it.",
    ),
    serves: z
      .array(z.enum(mirroredHosts))
      .min(1)
      .refine(isUnique, { error: must("name every host once") })
      .optional()
      .describe("Upstream registries whose images it has, as `docker.io`. Default: all of them."),
    caCertPem: text("be certificates of authorities in PEM, and no key", isCertificates)
      .optional()
      .describe("Certificate of the authority that vouches for it, in PEM; needed where no public one does."),
    loginSecret: secretName("a map of username and password").optional(),
  })
  .describe("A registry of the site that has images of upstream.");

/** Checks the registries that a site has besides the platform's own. */
export const imageMirrors = z
  .array(mirror)
  .max(8)
  .refine((mirrors) => isUnique(mirrors.map(({ url }) => url)), { error: must("name every registry once") })
  .default([])
  .describe("Registries of the site with images of upstream, asked in this order after the platform's own.");

const upstream = z
  .strictObject({
    host: z.enum(mirroredHosts).describe("Host in the images' names, as `docker.io`."),
    loginSecret: secretName("a map of username and password"),
  })
  .describe("An account at an upstream registry.");

/** Checks the accounts at upstream registries. */
export const imageUpstreams = z
  .array(upstream)
  .refine((upstreams) => isUnique(upstreams.map(({ host }) => host)), { error: must("name every host once") })
  .default([])
  .describe("Accounts at upstream registries, with which images are fetched for the platform's own registry.");
