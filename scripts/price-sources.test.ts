import { expect, test } from "vitest";
import { alibabaListAddress, alibabaPrices, awsPrices, azurePrices } from "./price-sources.ts";

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

test("of Azure's prices, Linux machines and public addresses paid by use are taken", () => {
  const item = {
    armSkuName: "Standard_D4s_v5",
    productName: "Virtual Machines Dsv5 Series",
    skuName: "D4s v5",
    meterName: "D4s v5",
    type: "Consumption",
    unitOfMeasure: "1 Hour",
    retailPrice: 0.2,
    currencyCode: "USD",
  };
  const others = [
    { ...item, productName: "Virtual Machines Dsv5 Series Windows", retailPrice: 0.4 },
    { ...item, skuName: "D4s v5 Spot", retailPrice: 0.1 },
    { ...item, skuName: "D4s v5 Low Priority", retailPrice: 0.1 },
    { ...item, type: "Reservation", unitOfMeasure: "1 Year", retailPrice: 900 },
  ];
  const address = {
    ...item,
    armSkuName: "",
    productName: "IP Addresses",
    meterName: "Standard IPv4 Static Public IP",
    retailPrice: 0.005,
  };
  const otherAddress = { ...address, meterName: "Basic IPv4 Static Public IP", retailPrice: 0.0036 };
  expect(azurePrices([...others, item, otherAddress, address, ...others])).toEqual({
    machineTypes: { Standard_D4s_v5: { perHour: 0.2 } },
    disks: {},
    publicAddress: { perHour: 0.005 },
  });
  expect(azurePrices([item, otherAddress]).publicAddress).toBeUndefined();
});

/** The form of the list that the price page offers for download. */
const alibabaList = {
  pricingInfo: {
    "ap-northeast-2::ecs.g7.xlarge::vpc::linux::optimized": { hours: [{ price: "1.226429" }] },
    "ap-northeast-2::ecs.g7.xlarge::vpc::windows::optimized": { hours: [{ price: "2.0" }] },
    "ap-northeast-2::ecs.n4.small::classic::linux::none": { hours: [{ price: "0.3" }] },
    "ap-northeast-2::ecs.g7.2xlarge::vpc::linux::optimized": {},
    "ap-northeast-1::ecs.g7.large::vpc::linux::optimized": { hours: [{ price: "0.69242" }] },
  },
};

test("of Alibaba Cloud's list, Linux machines of the region's VPCs with a price an hour are taken", () =>
  expect(alibabaPrices(alibabaList, "ap-northeast-2")).toEqual({
    machineTypes: { "ecs.g7.xlarge": { perHour: 1.226429 } },
    disks: {},
  }));

test("a region without prices in Alibaba Cloud's list is refused", () =>
  expect(() => alibabaPrices(alibabaList, "eu-west-1")).toThrow("no prices of eu-west-1"));

test("Alibaba Cloud's newest list is where its price page says", () => {
  const page = '<script src="https://g.alicdn.com/aliyun/ecs-price-info/2.0.421/app.js"></script>';
  expect(alibabaListAddress(page)).toBe(
    "https://g.alicdn.com/aliyun/ecs-price-info/2.0.421/price/download/instancePrice.json",
  );
  expect(() => alibabaListAddress("<html>")).toThrow("names no list");
});
