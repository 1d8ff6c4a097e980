import { expect, test } from "vitest";
import { parseRoutes } from "./host-routes.ts";

test("each network is told with its device, one whose link is gone too; the default route is none", () => {
  const text = `Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
eth0	00000000	010200C0	0003	0	0	0	00000000	0	0	0
br-e821fe73b476	0000B60A	00000000	0001	0	0	0	00FFFFFF	0	0	0
docker0	000011AC	00000000	0001	0	0	0	0000FFFF	0	0	0
`;
  expect(parseRoutes(text)).toEqual([
    { cidr: "10.182.0.0/24", device: "br-e821fe73b476" },
    { cidr: "172.17.0.0/16", device: "docker0" },
  ]);
});

test("a machine without networks has none", () => {
  expect(parseRoutes("")).toEqual([]);
});
