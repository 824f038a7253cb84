// What an address to listen on is open to (RFC 1918, 3927, 4193, 4291, 6598).

import { isPublic, overlaps, rangeOf } from "../../src/model/ip-range";

test.each([
  ["127.0.0.1", "loopback"],
  ["127.255.255.254", "loopback"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["0.0.0.0", "any"],
  ["::", "any"],
  ["0:0:0:0:0:0:0:0", "any"],
  ["::ffff:0.0.0.0", "any"],
  ["10.255.0.1", "private"],
  ["172.16.0.1", "private"],
  ["172.31.255.255", "private"],
  ["192.168.1.1", "private"],
  ["100.64.0.1", "private"],
  ["100.127.255.255", "private"],
  ["169.254.1.1", "private"],
  ["fd00::9", "private"],
  ["fe80::1", "private"],
  ["::ffff:10.0.0.1", "private"],
  ["11.0.0.1", "public"],
  ["172.15.255.255", "public"],
  ["172.32.0.0", "public"],
  ["100.63.255.255", "public"],
  ["100.128.0.0", "public"],
  ["192.169.0.1", "public"],
  ["128.0.0.1", "public"],
  ["203.0.113.9", "public"],
  ["::ffff:203.0.113.9", "public"],
  ["2001:db8::1", "public"],
  ["fec0::1", "public"],
  ["::2", "public"],
])("%s is %s", (address, range) => {
  expect(rangeOf(address)).toBe(range);
});

test.each([
  ["0.0.0.0", ["127.0.0.1", "10.0.0.5"], false],
  ["0.0.0.0", ["127.0.0.1", "203.0.113.9"], true],
  ["0.0.0.0", ["10.0.0.5", "2001:db8::1"], false],
  ["::", ["10.0.0.5", "2001:db8::1"], true],
  ["10.0.0.5", ["203.0.113.9"], false],
  ["203.0.113.9", [], true],
])("%s on a host with %j: public %s", (address, host, expected) => {
  expect(isPublic(address, host)).toBe(expected);
});

test.each([
  ["10.0.0.1", 80, "10.0.0.1", 80, true],
  ["10.0.0.1", 80, "10.0.0.1", 81, false],
  ["10.0.0.1", 80, "10.0.0.2", 80, false],
  ["0.0.0.0", 80, "10.0.0.2", 80, true],
  ["10.0.0.1", 80, "::", 80, true],
  ["fd00::1", 80, "fd00:0:0::1", 80, true],
  ["::ffff:10.0.0.1", 80, "10.0.0.1", 80, true],
] as const)("%s:%d and %s:%d overlap: %s", (a, aPort, b, bPort, expected) => {
  expect(overlaps({ address: a, port: aPort }, { address: b, port: bPort })).toBe(expected);
});
