import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { parseEnvironment } from "../../config/parse.ts";
import type { RawEnvironment } from "../../config/testing.ts";
import { differenceOf } from "../../plan/difference.ts";
import { planPage, type Shown } from "../../plan/page.ts";
import { planOf } from "../../plan/plan.ts";
import { hostnamePlaceholder } from "../../plan/user-data.ts";
import { startChromium } from "./chromium.ts";

let browser: Browser;
let folder: string;
let page: Page | undefined;
/** What no page may have: errors, and requests to anywhere. */
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
