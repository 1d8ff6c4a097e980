import { expect, test } from "vitest";
import { alibabaListAddress, alibabaPrices } from "./price-source.ts";

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
