// Addresses, hostnames and the node labels made of them.

import { isHostname, isIpAddress, nodeLabel } from "../../src/model/validate/hosts";

test.each([
  "10.0.0.9",
  "0.0.0.0",
  "255.255.255.255",
  "::",
  "::1",
  "fd00::9",
  "1:2:3:4:5:6:7:8",
  "::ffff:10.0.0.1",
  "1::8",
])("%s is an IP address", (text) => {
  expect(isIpAddress(text)).toBe(true);
  expect(isHostname(text)).toBe(false);
});

test.each([
  "",
  "10.0.0",
  "10.0.0.256",
  "01.2.3.4",
  "1:2:3",
  "1:2:3:4:5:6:7:8:9",
  "1::2::3",
  ":1",
  "fe80::1%eth0",
  "12345::",
  "1:2:3:4:5:6:7::8",
])("%j is no IP address", (text) => {
  expect(isIpAddress(text)).toBe(false);
});

test.each(["db", "db-1.example.com", "_sql.example.com", "a.b", "3com.com", "A.example"])(
  "%s is a hostname",
  (text) => {
    expect(isHostname(text)).toBe(true);
  },
);

test.each([
  "",
  "-a",
  "a-",
  "a..b",
  "a.b.",
  "a b",
  "a/b",
  "x.10",
  "10.0.0",
  `${"a".repeat(64)}.b`,
  `${"a.".repeat(127)}b`,
])("%j is no hostname", (text) => {
  expect(isHostname(text)).toBe(false);
});

test.each([
  ["10.0.0.9", "10-0-0-9"],
  ["db-1.example.com", "db--1-example-com"],
  ["DB.example.com", "db-example-com"],
  ["fd00::9", "fd00-0-0-0-0-0-0-9"],
  ["::ffff:10.0.0.1", "0-0-0-0-0-ffff-a00-1"],
])("the label of %s is %s", (address, label) => {
  expect(nodeLabel(address)).toBe(label);
});
