import { expect, test } from "vitest";
import { planOf } from "../../plan/plan.ts";
import { statusText } from "../../report/text/status.ts";
import { exampleEnvironment } from "../../tests/harness/environments/example-environment.ts";
import { soundLive } from "../../tests/harness/environments/observed-platform.ts";
import { imagesIn } from "./images.ts";

const readAt = "2026-11-30T12:00:00.000Z";
const pinned = (name: string, outputs: Record<string, unknown>, type = "kpaas:index:Pinned") => ({
  urn: `urn:pulumi:test::kpaas::kpaas:index:ContainerPlatform$${type}::${name}`,
  type,
  outputs,
});

const images = imagesIn(
  [
    pinned("platform-master-1-image", { pinned: "ami", since: "2026-09-01T12:00:00.000Z" }),
    pinned("platform-web-pool-image", { pinned: "ami", since: "2026-08-31T12:00:00.000Z" }),
    pinned("applications-jumphost-image", { pinned: "ami", since: "2026-11-30T11:00:00.000Z" }),
    pinned("platform-master-1-user-data", { pinned: "text", since: "2020-01-01T00:00:00.000Z" }),
    pinned("platform-registry-image", { pinned: "ami" }),
    pinned("image-machine", { since: "2020-01-01T00:00:00.000Z" }, "kpaas:local:MachineImage"),
  ],
  readAt,
);

test("the age of an image is known of each machine and pool whose state tells it, the oldest first", () => {
  expect(images).toEqual([
    { name: "web-pool", since: "2026-08-31T12:00:00.000Z", days: 91, state: "old" },
    { name: "master-1", since: "2026-09-01T12:00:00.000Z", days: 90, state: "recent" },
    { name: "jumphost", since: "2026-11-30T11:00:00.000Z", days: 0, state: "recent" },
  ]);
});

const plan = planOf(exampleEnvironment());
const text = (given?: typeof images) =>
  statusText({
    environment: "test",
    kubernetes: plan.kubernetes,
    endpoints: {},
    dnsRecords: [],
    ...soundLive(plan),
    ...(given ? { images: given } : {}),
  });

test("status lists images by age, and says by which command an old one is left behind", () => {
  expect(text(images)).toMatch(
    /^Images\n {2}web-pool {2}91 days, since 2026-08-31: old\n {2}master-1 {2}90 days, since 2026-09-01$/m,
  );
  expect(text(images)).toContain("  1 is older than 90 days: ./kpaas upgrade test --images takes the present one");
});

test("status warns of no image that is recent, and has no list where none is known", () => {
  expect(text(images.slice(1))).not.toContain("upgrade");
  expect(text()).not.toContain("Images");
});
