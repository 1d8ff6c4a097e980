import { expect, test } from "vitest";
import { awsPrices } from "./price-source.ts";

async function* lines(text: string): AsyncGenerator<string> {
  yield* text.trim().split("\n");
}

/** The form of the real list, with the columns that matter. */
const awsList = `
"FormatVersion","v1.0"
"Disclaimer","This pricing list is for informational purposes only. All prices are subject to ""terms"", and so on"
"Publication Date","2026-09-25T17:45:21Z"
"Version","20260925174521"
"OfferCode","AmazonEC2"
"SKU","TermType","Unit","PricePerUnit","Currency","Instance Type","Tenancy","Operating System","usageType","operation","CapacityStatus","Pre Installed S/W","Volume API Name"
"KMWX","OnDemand","Hrs","0.1058400000","USD","c8i.large","Shared","Linux","APN2-BoxUsage:c8i.large","RunInstances","Used","NA",""
"BK2D","OnDemand","Hrs","0.1978400000","USD","c8i.large","Shared","Windows","APN2-BoxUsage:c8i.large","RunInstances:0002","Used","NA",""
"RSV1","Reserved","Hrs","0.0500000000","USD","c8i.large","Shared","Linux","APN2-HeavyUsage:c8i.large","RunInstances","Used","NA",""
"UNUS","OnDemand","Hrs","0.1058400000","USD","c8i.xlarge","Shared","Linux","APN2-UnusedBox:c8i.xlarge","RunInstances","UnusedCapacityReservation","NA",""
"DEDI","OnDemand","Hrs","0.2000000000","USD","c8i.xlarge","Dedicated","Linux","APN2-DedicatedUsage:c8i.xlarge","RunInstances","Used","NA",""
"MTK7","OnDemand","GB-Mo","0.0912000000","USD","","","","APN2-EBS:VolumeUsage.gp3","","","","gp3"
"65V6","OnDemand","IOPS-Mo","0.0057000000","USD","","","","APN2-EBS:VolumeP-IOPS.gp3","","","","gp3"
"NATG","OnDemand","Hrs","0.0590000000","USD","","","","APN2-NatGateway-Hours","NatGateway","","",""
`;

test("of AWS' list, plain Linux on demand, disks by GiB and NAT gateways are taken", async () => {
  expect(await awsPrices(lines(awsList))).toEqual({
    date: "2026-09-25",
    prices: {
      machineTypes: { "c8i.large": { perHour: 0.10584 } },
      disks: { gp3: { perGiBMonth: 0.0912 } },
      natGateway: { perHour: 0.059 },
    },
  });
});

test("what is no price list is refused", () =>
  expect(awsPrices(lines("<html>"))).rejects.toThrow("not a price list of AWS"));
