import "../../stacks/infrastructures.ts";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parseEnvironment } from "../../config/parse.ts";
import type { Facts } from "../../operations/status/observed.ts";
import { differenceOf } from "../../plan/difference.ts";
import { planOf } from "../../plan/plan.ts";
import { hostnamePlaceholder } from "../../plan/user-data.ts";
import { planPage, type Shown } from "../../report/page/page.ts";
import type { RawEnvironment } from "../harness/environments/example-environment.ts";
import { missing, soundFacts, soundLive } from "../harness/environments/observed-platform.ts";
import { startChromium } from "./chromium.ts";

let browser: Browser;
let folder: string;
let page: Page | undefined;
/** A page's errors, and its requests to anywhere; no page may have any. */
let troubles: string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "kpaas-page-"));
  browser = await startChromium();
});
afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true });
});
afterEach(async () => {
  await page?.close();
  expect(troubles).toEqual([]);
});

function shown(name: string, containerPlatform: RawEnvironment["containerPlatform"] = {}): Shown {
  const environment = parseEnvironment(name, {
    infrastructure: { kind: "openstack", availabilityZones: ["a", "b", "c"] },
    network: { cidr: "10.160.0.0/18", zones: 3, podCidr: "172.16.0.0/13", adminCidrs: ["203.0.113.0/24"] },
    containerPlatform,
  });
  return { environment, plan: planOf(environment) };
}

const operation = shown("operation", {
  masters: { count: 3 },
  haproxy: { count: 2 },
  workerPools: [{ name: "worker", count: 5 }],
});
const thousand = shown("thousand", { workerPools: [{ name: "worker", count: 1000 }] });

async function open(content: string, colorScheme: "light" | "dark" = "light"): Promise<Page> {
  const path = join(folder, "plan.html");
  await writeFile(path, content);
  const opened = await browser.newPage({ colorScheme, viewport: { width: 1440, height: 1000 } });
  page = opened;
  troubles = [];
  opened.on("pageerror", (error) => troubles.push(error.message));
  opened.on("console", (message) => troubles.push(message.text()));
  opened.on("request", (request) => {
    if (request.url() !== pathToFileURL(path).href) troubles.push(`requested ${request.url()}`);
  });
  await opened.goto(pathToFileURL(path).href);
  return opened;
}

const box = (page: Page, id: string, index = 0) => page.locator(`[id="plan-${index}-${id}"]`);
const background = (page: Page) => page.evaluate("getComputedStyle(document.body).backgroundColor");

test("a chosen machine shows its size, disks, ports and user-data", async () => {
  const page = await open(await planPage([operation]));
  await box(page, "database").click();
  const details = page.locator("#details");
  await expect.poll(() => details.locator("h3").innerText()).toBe("database");
  const text = await details.innerText();
  for (const fact of ["m1.medium", "2 vCPU, 4 GiB memory", "50 GiB at /var/lib/mysql", "tcp 3306", "haproxy"])
    expect(text).toContain(fact);
  await details.locator("summary").click();
  const userData = await details.locator("pre").innerText();
  expect(userData).toContain("#cloud-config");
  expect(userData).toContain("hostname: operation-database");
});

test("who may reach a machine, and whom it may reach, is drawn; the others step back", async () => {
  const page = await open(await planPage([operation]));
  await box(page, "storage").click();
  // The bastion and five workers.
  expect(await page.locator(".link.in").count()).toBe(6);
  expect(await page.locator(".link.out").count()).toBe(0);
  expect(await box(page, "registry").getAttribute("class")).toContain("faded");
  expect(await box(page, "worker-1").getAttribute("class")).not.toContain("faded");
});

test("machines are chosen by keyboard alone", async () => {
  const page = await open(await planPage([operation]));
  const focused = () => page.evaluate<string>("document.activeElement.id");
  for (let tabs = 0; tabs < 4 && !(await focused()).startsWith("plan-0-"); tabs++) await page.keyboard.press("Tab");
  expect(await focused()).toBe("plan-0-bastion");
  await page.keyboard.press("ArrowRight");
  expect(await focused()).toBe("plan-0-haproxy-1");
  await page.keyboard.press("Enter");
  expect(await page.locator("#details h3").innerText()).toBe("haproxy-1");
  expect(await box(page, "haproxy-1").getAttribute("aria-pressed")).toBe("true");
});

test("no secret and no placeholder of a name is on the page", async () => {
  const content = await planPage([operation]);
  expect(content).toContain("(join token, made by up)");
  expect(content).not.toMatch(/PRIVATE KEY|[a-z0-9]{6}\.[a-z0-9]{16}\b/);
  const page = await open(content);
  await box(page, "worker-2").click();
  expect(await page.locator("#details pre").textContent()).not.toContain(hostnamePlaceholder);
});

test("light and dark follow the system", async () => {
  const light = await background(await open(await planPage([operation])));
  await page?.close();
  const dark = await background(await open(await planPage([operation]), "dark"));
  expect([light, dark]).toEqual(["rgb(245, 247, 250)", "rgb(14, 20, 28)"]);
});

test("two environments are compared, and either can be looked at", async () => {
  const content = await planPage([operation, thousand], differenceOf(thousand.plan, operation.plan));
  const page = await open(content);
  expect(await page.locator("#comparison").innerText()).toContain("thousand compared with operation");
  expect(await page.locator("h1").innerText()).toBe("operation");
  await page.getByText("thousand", { exact: true }).first().click();
  await expect.poll(() => page.locator("h1").innerText()).toBe("thousand");
  expect(await page.locator(".diagram:visible").count()).toBe(1);
  await box(page, "master-1", 1).click();
  expect(await page.locator("#details h3").innerText()).toBe("master-1");
});

describe("a thousand workers", () => {
  test("are three boxes, and each is found", async () => {
    const page = await open(await planPage([thousand]));
    expect(await page.locator(".node.worker").count()).toBe(3);
    await box(page, "worker/1").click();
    expect(await page.locator("#details .machines button").count()).toBe(334);
    await page.locator("#details input").fill("worker-1000");
    await page.locator("#details .machines button").click();
    expect(await page.locator("#details h3").innerText()).toBe("worker-1000");
    expect(await page.locator("#details pre").textContent()).toContain("hostname: thousand-worker-1000");
  });

  test("freeze nothing: the page is there in two seconds, and a group's machines in half a second", async () => {
    const page = await open(await planPage([thousand]));
    const loadedAfter = await page.evaluate<number>("performance.getEntriesByType('navigation')[0].domComplete");
    const choice = `(() => {
      const began = performance.now();
      document.getElementById("plan-0-worker/1").dispatchEvent(new MouseEvent("click"));
      document.body.getBoundingClientRect();
      return performance.now() - began;
    })()`;
    expect(await page.evaluate<number>(choice)).toBeLessThan(500);
    expect(loadedAfter).toBeLessThan(2000);
  });
});

describe("the page of a platform that is up", () => {
  const { machines } = soundFacts(operation.plan);
  const facts: Partial<Facts> = {
    machines: { ...machines, "worker-2": { answer: { unknown: "no such container" } } },
    drift: missing("worker-2"),
    services: [
      { name: "registry", endpoint: "127.0.0.1:5000", health: "healthy", detail: "takes its login over TLS" },
      { name: "database", endpoint: "127.0.0.1:3306", health: "failing", detail: "connect ECONNREFUSED" },
    ],
    certificates: [
      { name: "platform-ca", notAfter: { value: "2036-11-18T12:00:00Z" } },
      { name: "kubelet", machine: "worker-1", path: "/k.pem", notAfter: { value: "2026-12-01T12:00:00Z" } },
      { name: "kubelet", machine: "worker-2", path: "/k.pem", notAfter: { unknown: "worker-2 does not answer" } },
    ],
  };
  const up = (but: Partial<Facts> = {}): Shown => ({ ...operation, observed: soundLive(operation.plan, but) });
  const section = (page: Page, id: string) => page.locator(`#${id}`).innerText();

  test("says when it was read, and that all of a sound platform is ready", async () => {
    const page = await open(await planPage([up()]));
    expect(await page.locator("#eyebrow").innerText()).toMatch(/k-paas status/i);
    expect(await section(page, "observed")).toContain("Read 2026-11-21 12:00 UTC");
    expect(await page.locator(".node.machine.observed-ready").count()).toBe(
      await page.locator(".node.machine").count(),
    );
    const listed = await page.locator("#observed details tbody tr").allInnerTexts();
    expect(listed).toHaveLength(operation.plan.machines.length);
    for (const line of listed) expect(line).toContain("✓ ready");
    expect(await section(page, "drift")).toContain("None");
  });

  test("a missing machine is told from the others by a word, in the drawing, its panel, the table and the drift", async () => {
    const page = await open(await planPage([up(facts)]));
    expect(await box(page, "worker-2").textContent()).toContain("✗ missing");
    expect(await box(page, "worker-1").textContent()).toContain("✓ ready");
    expect(await box(page, "worker-2").getAttribute("aria-label")).toBe("worker-2, worker, missing");
    await box(page, "worker-2").click();
    const panel = await section(page, "details");
    for (const fact of [
      "✗ missing",
      "it was made, but does not exist any more",
      "Real state",
      "unknown: worker-2 does not",
    ])
      expect(panel).toContain(fact);
    expect(await section(page, "observed")).toMatch(/worker-2\s+✗ missing/);
    expect(await section(page, "drift")).toMatch(/missing\s+platform-worker-2\s+worker-2/);
    expect(await section(page, "tiles")).toMatch(/Machines ready\s+13 of 14/);
  });

  test("services that fail and certificates that end soon stand out in words", async () => {
    const page = await open(await planPage([up(facts)]));
    expect(await section(page, "observed")).toMatch(/database\s+✗ failing\s+127.0.0.1:3306\s+connect ECONNREFUSED/);
    const certificates = await section(page, "certificates");
    expect(certificates).toMatch(/ends soon\s+kubelet on worker-1\s+2026-12-01, 10 days/);
    expect(certificates).toMatch(/unknown\s+kubelet on worker-2\s+unknown: worker-2 does not answer/);
    expect(await section(page, "tiles")).toMatch(/Next certificate ends\s+10 days/);
  });

  test("drift that could not be compared is unknown, with the reason", async () => {
    const drift = { status: "unknown", reason: "a run is under way" } as const;
    const page = await open(await planPage([up({ drift })]));
    expect(await section(page, "drift")).toContain("Unknown: a run is under way");
  });

  test("a missing machine is reached by keyboard, and its focus is seen", async () => {
    const page = await open(await planPage([up(facts)]));
    const outline = "getComputedStyle(document.activeElement.querySelector('path')).stroke";
    await box(page, "worker-2").focus();
    // Focus that came by a key is shown.
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowLeft");
    expect(await page.evaluate<string>("document.activeElement.id")).toBe("plan-0-worker-2");
    expect(await page.evaluate<string>(outline)).toBe("rgb(29, 95, 209)");
    await page.keyboard.press("Enter");
    expect(await page.locator("#details h3").innerText()).toBe("worker-2");
  });

  test.each([
    ["light", "rgb(192, 43, 43)"],
    ["dark", "rgb(255, 123, 123)"],
  ] as const)("conditions have a colour of their own in %s", async (scheme, missingColour) => {
    const page = await open(await planPage([up(facts)]), scheme);
    const colour = await page.evaluate<string>(
      "getComputedStyle(document.querySelector('[id=\"plan-0-worker-2\"] text:last-of-type')).fill",
    );
    expect(colour).toBe(missingColour);
  });

  test("a thousand workers with one missing are three boxes, of which one says so", async () => {
    const { environment, plan } = thousand;
    const observed = soundLive(plan, { drift: missing("worker-1") });
    const page = await open(await planPage([{ environment, plan, observed }]));
    expect(await box(page, "worker/1").textContent()).toContain("✗ 1 missing, ✓ 333 ready");
    expect(await page.locator("#observed details").getAttribute("open")).toBeNull();
    await box(page, "worker/1").click();
    await page.locator("#details input").fill("worker-1");
    expect(await page.locator("#details .machines button").first().innerText()).toBe("✗ worker-1");
  });
});
