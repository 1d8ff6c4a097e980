import { expect, test } from "vitest";
import { azurePrices } from "./price-source.ts";

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
